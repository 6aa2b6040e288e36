// Numbers over time. The server counts; rates are made here, of two samples that follow each other.

const samples = [];
const chartSpan = 300;

function noteSample(sample) {
  const last = samples.at(-1);
  if (last && sample.time_s <= last.time_s) samples.length = 0;
  samples.push(sample);
  while (samples.length && samples[0].time_s < sample.time_s - chartSpan - 5) samples.shift();
  const before = samples.at(-2);
  const restarts = before ? rate(before, sample, (one) => one.restarts) : 0;
  $('#vitals').textContent = `${number(sample.processes)} processes${before ? ` · ${number(Math.round(rate(before, sample, (one) => one.messages)))} msg/s` : ''}${restarts ? ` · ${restarts.toFixed(1)} restarts/s` : ''}`;
  if (shared.view === 'charts') drawCharts();
}

function rate(before, after, counter) {
  const time = after.time_s - before.time_s;
  return time > 0 ? Math.max(0, counter(after) - counter(before)) / time : 0;
}

const level = (read) => () => samples.map((sample) => [sample.time_s, read(sample)]);
const rates = (read) => () => samples.slice(1).map((sample, index) => [sample.time_s, rate(samples[index], sample, read)]);

const charts = [
  { name: 'processes', title: 'Processes', lines: [level((sample) => sample.processes)] },
  { name: 'messages', title: 'Messages handled per second', lines: [rates((sample) => sample.messages)] },
  { name: 'restarts', title: 'Restarts and exits per second', lines: [rates((sample) => sample.exits), rates((sample) => sample.restarts)], names: ['exits', 'restarts'] },
  { name: 'queue', title: 'Run queue, and messages waiting', lines: [level((sample) => sample.run_queue), level((sample) => sample.in_mailboxes)], names: ['run queue', 'in mailboxes'] },
  { name: 'workers', title: 'Worker utilisation', unit: '%', most: 100, lines: 'workers' },
  { name: 'memory', title: 'Memory', format: bytes, lines: [level((sample) => sample.memory)] },
];

function linesOf(chart) {
  if (chart.lines !== 'workers') return chart.lines.map((line) => line());
  const names = [...new Set(samples.flatMap((sample) => sample.workers.map((worker) => worker.name)))].slice(0, 16);
  chart.names = names;
  const time = (sample, name) => sample.workers.find((worker) => worker.name === name)?.cpu_s ?? 0;
  return names.map((name) => samples.slice(1).map((sample, index) =>
    [sample.time_s, Math.min(100, 100 * rate(samples[index], sample, (one) => time(one, name)))]));
}

/** The next round number above. */
function ceiling(value) {
  if (value <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((round) => round >= value);
}

function drawCharts() {
  const [height, left, bottom, top] = [180, 8, 22, 16];
  const now = samples.at(-1)?.time_s ?? 0;
  // As long as there is less, what there is fills the picture.
  const span = Math.min(chartSpan, Math.max(30, now - (samples[0]?.time_s ?? now)));
  for (const chart of charts) {
    if (!chart.element) {
      chart.element = h('figure', { class: 'chart', data: { chart: chart.name } },
        h('figcaption', {}, h('span', {}, chart.title), h('output', {})),
        s('svg', { role: 'img', height }), h('div', { class: 'names' }));
      $('#charts').append(chart.element);
    }
    const lines = linesOf(chart).map((line) => line.filter(([, value]) => value != null));
    const most = chart.most ?? ceiling(Math.max(0, ...lines.flat().map(([, value]) => value)));
    const y = (value) => height - bottom - (height - bottom - top) * Math.min(1, value / most);
    const write = chart.format ?? ((value) => number(value < 100 ? Math.round(value * 10) / 10 : Math.round(value)) + (chart.unit ? ' ' + chart.unit : ''));
    const picture = $('svg', chart.element);
    const width = Math.max(240, picture.clientWidth);
    const x = (time) => left + (width - 2 * left) * (1 - (now - time) / span);
    const grid = [0, 0.5, 1].map((part) => [
      s('line', { class: 'grid', x1: left, x2: width - left, y1: y(most * part), y2: y(most * part) }),
      s('text', { class: 'axis', x: left + 2, y: y(most * part) - 4 }, part ? write(most * part) : '')]);
    const step = [10, 30, 60, 120].find((size) => span / size < 6);
    const times = Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => index * step).map((back) =>
      s('text', { class: 'axis', x: x(now - back), y: height - 6, 'text-anchor': back === 0 ? 'end' : back > span * 0.97 ? 'start' : 'middle' }, back ? `−${age(back)}` : 'now'));
    const drawn = lines.map((line, index) => {
      if (line.length < 2) return null;
      const points = line.map(([time, value]) => `${x(time).toFixed(1)} ${y(value).toFixed(1)}`).join('L');
      const area = `M${x(line[0][0]).toFixed(1)} ${y(0)}L${points}L${x(line.at(-1)[0]).toFixed(1)} ${y(0)}z`;
      return [lines.length === 1 && s('path', { class: 'area', d: area }), s('path', { class: `line line-${index % 6}`, d: 'M' + points })];
    });
    picture.replaceChildren(...grid.flat(), ...times, ...drawn.flat().filter(Boolean));
    const newest = lines.map((line) => line.at(-1)?.[1] ?? 0);
    const output = newest.map(write).slice(0, 4).join(' · ');
    $('output', chart.element).textContent = output;
    picture.setAttribute('aria-label', `${chart.title}, now ${output}`);
    const names = $('.names', chart.element);
    if (chart.names && names.childElementCount !== chart.names.length) {
      names.replaceChildren(...chart.names.map((name, index) => h('span', { class: `swatch line-${index % 6}` }, name)));
    }
  }
}
