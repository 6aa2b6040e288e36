// Lives against time: one lane for each name, and what led to what.

const timeline = { span: 60, follows: true, from: 0, to: 0, first: 1, isLoaded: false, moment: null };
const lane = { height: 26, left: 190, right: 16, top: 30, limit: 300 };

const refreshEvents = new Refresher(async () => {
  timeline.isLoaded = true;
  const page = await api('events?limit=5000');
  noteTime(page.time_s);
  timeline.first = page.first;
  shared.events = page.events;
  drawFeed();
  if (shared.view === 'timeline') drawTimeline();
  return page.cost;
}, { least: 500 });

function noteInTimeline(event) {
  shared.events.push(event);
  if (shared.events.length > 12000) shared.events.splice(0, 2000);
}

/** Lanes and lives out of events. */
function lives(events, from, to) {
  const lanes = new Map();
  const open = new Map();
  for (const event of events) {
    if (event.event !== 'started' && event.event !== 'exited') continue;
    const title = event.name ?? event.label ?? event.pid;
    const key = `${title}\n${event.supervisor ?? ''}`;
    let one = lanes.get(key);
    if (!one) lanes.set(key, one = { title, lives: [], marks: [] });
    if (event.event === 'started') {
      const life = { pid: event.pid, from: event.time_s, to: Infinity, start: event };
      open.set(event.pid, life);
      one.lives.push(life);
    } else {
      let life = open.get(event.pid);
      if (!life) one.lives.push(life = { pid: event.pid, from: -Infinity });
      Object.assign(life, { to: event.time_s, end: event });
      open.delete(event.pid);
    }
  }
  return [...lanes.values()].filter((one) => one.lives.some((life) => life.to >= from && life.from <= to));
}

function drawTimeline() {
  const now = runtimeNow();
  const oldest = shared.events[0]?.time_s ?? 0;
  if (timeline.follows) {
    timeline.to = now;
    timeline.from = timeline.span === 'all' ? oldest : Math.max(now - timeline.span, Math.min(oldest, now - 1) - 0.05);
  }
  const { from, to } = timeline;
  const width = Math.max(340, $('#lanes').clientWidth - 2);
  const left = width < 640 ? 110 : lane.left;
  const x = (time) => left + (width - left - lane.right) * (time - from) / Math.max(0.001, to - from);
  const within = (value) => Math.max(left, Math.min(width - lane.right, value));
  const all = lives(shared.events, from, to);
  const lanes = all.slice(0, lane.limit);
  const height = lane.top + lanes.length * lane.height + 16;
  const parts = [];
  const places = new Map();
  lanes.forEach((one, index) => {
    const y = lane.top + index * lane.height + lane.height / 2;
    parts.push(s('rect', { class: index % 2 ? 'row odd' : 'row', x: 0, y: y - lane.height / 2, width, height: lane.height }));
    parts.push(s('text', { class: 'lane', x: 10, y: y + 4 }, s('title', {}, shown(one.title, 300)), shown(one.title, left < 150 ? 13 : 24)));
    let lastEnd = -Infinity;
    for (const life of one.lives) {
      if (life.to < from || life.from > to) continue;
      const [x1, x2] = [within(x(life.from)), within(x(life.to))];
      parts.push(s('rect', { class: 'life', x: x1, y: y - 4, width: Math.max(1, x2 - x1), height: 8, rx: 4 }));
      for (const event of [life.start, life.end]) {
        if (!event || event.time_s < from || event.time_s > to) continue;
        // Back at once is back beside the end, where both can be seen.
        const place = event === life.start && x(event.time_s) - lastEnd < 11 ? lastEnd + 11 : x(event.time_s);
        if (event === life.end) lastEnd = place;
        places.set(event.seq, [place, y]);
        parts.push(mark(event, place, y));
      }
    }
  });
  // What led to what: from a failure to those that were stopped for it.
  const byNumber = new Map(shared.events.slice(-3000).map((event) => [event.seq, event]));
  const arrows = [];
  for (const [seq, [x2, y2]] of places) {
    let cause = byNumber.get(byNumber.get(seq)?.cause);
    while (cause && !places.has(cause.seq)) cause = byNumber.get(cause.cause);
    if (!cause || arrows.length > 400) continue;
    const [x1, y1] = places.get(cause.seq);
    if (y1 !== y2) arrows.push(s('path', { class: 'cause', d: `M${x1} ${y1}C${x1 + 10} ${y1} ${x2 + 10} ${y2} ${x2} ${y2}` }));
  }
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].find((size) => (to - from) / size <= (width - left) / 90) ?? 7200;
  const ticks = [];
  for (let time = Math.ceil(Math.max(0, from) / step) * step; time <= to; time += step) {
    ticks.push(s('line', { class: 'tick', x1: x(time), x2: x(time), y1: lane.top - 6, y2: height }), s('text', { class: 'axis', x: x(time), y: 16, 'text-anchor': 'middle' }, clock(time)));
  }
  const axis = s('rect', { class: 'axis-area', x: left, y: 0, width: Math.max(0, width - left), height: lane.top, tabindex: '0', role: 'slider', 'aria-label': 'A moment of the past', 'aria-valuemin': Math.round(from), 'aria-valuemax': Math.round(to), 'aria-valuenow': Math.round(timeline.moment?.time ?? to), 'aria-valuetext': clock(Math.max(0, timeline.moment?.time ?? to)) });
  const at = (event) => from + (event.offsetX - left) / Math.max(1, width - left - lane.right) * (to - from);
  axis.addEventListener('click', (event) => showMoment(at(event)));
  axis.addEventListener('keydown', (event) => {
    const go = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (go) { showMoment((timeline.moment?.time ?? to) + go * (to - from) / 60); event.preventDefault(); }
  });
  const focused = $('#lanes').contains(document.activeElement) ? document.activeElement : null;
  const hasFocus = focused?.classList.contains('axis-area');
  const needle = timeline.moment && s('line', { class: 'needle', x1: within(x(timeline.moment.time)), x2: within(x(timeline.moment.time)), y1: 4, y2: height });
  $('#lanes').replaceChildren(s('svg', { width, height, class: 'timeline', role: 'group', 'aria-label': 'Lives of processes' }, ...parts.filter((part) => part.matches('.row')), ...ticks, ...arrows, ...parts.filter((part) => !part.matches('.row')), needle, axis));
  if (hasFocus) axis.focus();
  // The newest can be reached by Tab, the others from there; and who has the focus keeps it.
  const marks = [...$('#lanes').querySelectorAll('.mark')];
  const kept = focused?.dataset.seq && marks.find((one) => one.dataset.seq === focused.dataset.seq);
  (kept ?? marks.at(-1))?.setAttribute('tabindex', '0');
  kept?.focus({ preventScroll: true });
  if (!lanes.length) $('#lanes').append(h('p', { class: 'empty' }, 'Nothing lived in this time, as far as is remembered.'));
  if (all.length > lane.limit) $('#lanes').append(h('p', { class: 'quiet' }, `and ${number(all.length - lane.limit)} more lanes`));
  $('#span-text').textContent = `${clock(Math.max(0, from))} to ${clock(Math.max(0, to))}${timeline.first > 1 ? `, remembered from event ${number(timeline.first)} on` : ''}`;
}

function mark(event, x, y) {
  const { tone, text } = describe(event);
  const shape = event.event === 'started'
    ? s('circle', { r: 5 }) : orderly(event.reason) ? s('path', { d: 'M0 -7V7' }) : s('path', { d: 'M-5 -5L5 5M-5 5L5 -5' });
  const element = s('g', { class: 'mark ' + tone, transform: `translate(${x.toFixed(1)} ${y})`, role: 'button', tabindex: '-1', data: { seq: event.seq }, 'aria-label': `${text}, at ${clock(event.time_s)}` }, s('circle', { class: 'hit', r: 9 }), shape, s('title', {}, text));
  element.addEventListener('click', () => tellWhy(event.seq));
  element.addEventListener('dblclick', () => openProcess(event.pid));
  element.addEventListener('focus', () => setFollowing(false));
  element.addEventListener('keydown', (key) => {
    if (key.key !== 'Enter' && key.key !== ' ') return;
    tellWhy(event.seq);
    key.preventDefault();
  });
  return element;
}

const showPast = new Refresher(async () => {
  if (!timeline.moment) return 0;
  const { time } = timeline.moment;
  const event = shared.events.findLast((one) => one.time_s <= time) ?? shared.events[0];
  if (!event) return 0;
  try {
    const past = await api('past?seq=' + event.seq);
    drawPast(past, time);
    return past.cost;
  } catch (error) {
    $('#moment').replaceChildren(h('p', { class: 'missing' }, shown(error.message, 300)));
    throw error;
  }
}, { least: 60 });

function showMoment(time) {
  timeline.moment = { time: Math.max(0, Math.min(time, runtimeNow())) };
  setFollowing(false);
  $('#moment').hidden = false;
  drawTimeline();
  showPast.ask();
}

function drawPast(past, time) {
  const places = new Map(past.nodes.map((node) => [node.pid, node.place]));
  const edges = past.nodes.filter((node) => node.parent).map((node) => {
    const [from, to] = [places.get(node.parent), node.place];
    return s('path', { class: 'edge', d: `M${from.x + from.width} ${from.y + 20}C${to.x - 25} ${from.y + 20} ${from.x + from.width + 25} ${to.y + 20} ${to.x} ${to.y + 20}` });
  });
  const boxes = past.nodes.map((node) => {
    const title = `${shown(nameOf(node), 100)}, ${kindWords[node.kind] ?? 'process'}${node.alive ? '' : ', ended since'}`;
    const box = s('g', { role: 'button', tabindex: '-1', 'aria-label': title, class: `node kind-${node.kind ?? 'unknown'}${node.alive ? '' : ' past'}`, transform: `translate(${node.place.x} ${node.place.y})` },
      s('rect', { class: 'frame', width: node.place.width, height: 40, rx: node.kind?.endsWith('supervisor') ? 8 : 20 }),
      s('path', { class: 'shape', d: shapes[node.kind] ?? shapes.unknown, transform: 'translate(20 20)' }),
      s('text', { class: 'name', x: 36, y: 17 }, shown(nameOf(node), 22)), s('text', { class: 'notes', x: 36, y: 32 }, node.pid + (node.alive ? '' : ' · ended since')));
    box.addEventListener('dblclick', () => openProcess(node.pid));
    box.addEventListener('keydown', (event) => { if (event.key === 'Enter') openProcess(node.pid); });
    return box;
  });
  const { text } = describe(past.event);
  $('#moment').replaceChildren(
    h('header', {}, h('h2', {}, `The tree at ${clock(time)}`), h('p', { class: 'quiet' }, `${number(past.processes)} processes, after event ${past.seq}: ${text}`),
      h('button', { type: 'button', class: 'icon', 'aria-label': 'Close the past', onclick: () => { timeline.moment = null; $('#moment').hidden = true; setFollowing(true); } }, '×')),
    h('div', { class: 'scroll' }, s('svg', { width: past.width, height: past.height, role: 'group', 'aria-label': `The tree at ${clock(time)}` }, ...edges, ...boxes)));
  boxes[0]?.setAttribute('tabindex', '0');
}

function setFollowing(follows) {
  timeline.follows = follows;
  $('#follow').setAttribute('aria-pressed', String(follows));
}

roving($('#lanes'), '.mark', (one, other) => one.dataset.seq - other.dataset.seq);
roving($('#moment'), '.node');

$('#follow').onclick = () => { setFollowing(!timeline.follows); drawTimeline(); };
for (const button of document.querySelectorAll('[data-span]')) {
  button.onclick = () => {
    timeline.span = button.dataset.span === 'all' ? 'all' : Number(button.dataset.span);
    for (const other of document.querySelectorAll('[data-span]')) other.setAttribute('aria-pressed', String(other === button));
    if (!timeline.follows) timeline.from = timeline.span === 'all' ? shared.events[0]?.time_s ?? 0 : timeline.to - timeline.span;
    drawTimeline();
  };
}
/** Moves to earlier or later times; a number of pixels. */
function scrollTime(pixels) {
  setFollowing(false);
  const move = pixels / Math.max(200, $('#lanes').clientWidth - lane.left) * (timeline.to - timeline.from);
  timeline.from += move;
  timeline.to += move;
  drawSoon();
}

let dragged = null;
$('#lanes').addEventListener('pointerdown', (event) => {
  if (event.button === 0 && !event.target.closest('.mark, .axis-area')) dragged = event.clientX;
});
addEventListener('pointermove', (event) => {
  if (dragged == null) return;
  scrollTime(dragged - event.clientX);
  dragged = event.clientX;
});
for (const name of ['pointerup', 'pointercancel']) addEventListener(name, () => { dragged = null; });

$('#lanes').addEventListener('wheel', (event) => {
  if (!event.shiftKey && Math.abs(event.deltaX) < Math.abs(event.deltaY)) return;
  event.preventDefault();
  scrollTime(event.deltaX || event.deltaY);
}, { passive: false });
