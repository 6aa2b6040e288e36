// How things are written.

const odd = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** A text of somebody else's on one line: without characters that would break it, and not a page long. */
function shown(text, limit = 120) {
  if (text == null) return '';
  const short = text.length > limit ? text.slice(0, limit - 1) + '…' : text;
  return short.replace(odd, (character) => `\\u{${character.codePointAt(0).toString(16)}}`);
}

const nameOf = (process) => process.name ?? process.label ?? process.pid;

const whole = new Intl.NumberFormat('en');
const number = (value) => whole.format(value);

function age(seconds) {
  if (seconds < 0.1) return '0 s';
  if (seconds < 10) return seconds.toFixed(1) + ' s';
  if (seconds < 120) return Math.round(seconds) + ' s';
  if (seconds < 7200) return Math.round(seconds / 60) + ' min';
  if (seconds < 172800) return (seconds / 3600).toFixed(1) + ' h';
  return Math.round(seconds / 86400) + ' d';
}

const clock = (seconds) => {
  const minutes = Math.floor(seconds / 60);
  return minutes ? `${minutes}:${(seconds % 60).toFixed(1).padStart(4, '0')}` : seconds.toFixed(1) + ' s';
};

function bytes(value) {
  if (value == null) return 'not known';
  const units = ['B', 'kB', 'MB', 'GB'];
  let unit = 0;
  while (value >= 1000 && unit < 3) { value /= 1000; unit += 1; }
  return (unit && value < 100 ? value.toFixed(1) : Math.round(value)) + ' ' + units[unit];
}

const kindWords = {
  supervisor: 'supervisor', dynamic_supervisor: 'dynamic supervisor', server: 'server', agent: 'agent',
  process: 'process',
};

const orderly = (reason) => reason === 'normal' || reason === 'shutdown' || (reason ?? '').startsWith('shutdown:');

/** An event in a few words, with a sign that says what it is without a colour. */
function describe(event) {
  const who = shown(event.name ?? event.label ?? event.pid ?? '', 40);
  const pid = event.pid && event.pid !== who ? ' ' + event.pid : '';
  switch (event.event) {
    case 'started': return event.restart
      ? { sign: '↻', tone: 'reborn', text: `${who} is back as ${event.pid}` }
      : { sign: '●', tone: 'fresh', text: `${who}${pid} started` };
    case 'exited': return orderly(event.reason)
      ? { sign: '○', tone: 'calm', text: `${who}${pid} ended: ${shown(event.reason, 60)}` }
      : { sign: '✕', tone: 'gone', text: `${who}${pid} ${event.reason === 'killed' ? 'was killed' : 'failed: ' + shown(event.reason, 60)}` };
    case 'start_failed': return { sign: '✕', tone: 'gone', text: `${who} failed to start: ${shown(event.reason, 60)}` };
    case 'command': return { sign: '›', tone: 'hand', text: shown(event.command, 90) };
    case 'restarting': return { sign: '↳', tone: 'reborn', text: `${who} (${event.strategy}) restarts ${shown(event.child, 40)}${event.stopping_count ? ` and ${event.stopping_count} more` : ''}` };
    case 'restarted': return { sign: '✓', tone: 'fresh', text: `${who}: restart ${event.restarts} of ${event.max_restarts} in ${event.period_s} s` };
    case 'restart_limit_reached': return { sign: '■', tone: 'gone', text: `${who} gives up: ${shown(event.child, 40)} failed again after ${event.max_restarts} restarts` };
    case 'application_started': return { sign: '▲', tone: 'fresh', text: `application ${shown(event.application, 40)} started` };
    case 'application_stopped': return { sign: '■', tone: 'gone', text: `application ${shown(event.application, 40)} stopped: ${shown(event.reason, 60)}` };
    default: return { sign: '·', tone: 'calm', text: `${event.event.replaceAll('_', ' ')} ${who}${pid}` };
  }
}
