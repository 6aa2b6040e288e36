// Small tools that all views use.

/** The first element that matches. */
const $ = (selector, root = document) => root.querySelector(selector);

/**
 * Makes an element. Text is only ever set as text, so a name that looks like markup stays a name.
 */
function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  assign(element, properties);
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** The same within a picture. */
function s(tag, properties = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  assign(element, properties);
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

function assign(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value == null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'data') Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? '' : value);
  }
}

/** What went wrong, as the server says it. */
class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Asks the server. The address of the page ends in its token, so everything is below it. */
async function api(path, options) {
  let response;
  try {
    response = await fetch('api/' + path, { cache: 'no-store', ...options });
  } catch {
    throw new Refused(0, 'unreachable', 'The runtime does not answer.');
  }
  const timing = /dur=([\d.]+)/.exec(response.headers.get('Server-Timing') ?? '');
  const value = await response.json().catch(() => ({}));
  if (!response.ok) {
    const error = value.error ?? {};
    throw new Refused(response.status, error.code ?? 'failed', error.message ?? `Status ${response.status}.`);
  }
  value.cost = timing ? Number(timing[1]) : 0;
  return value;
}

const pidPath = (pid) => 'processes/' + encodeURIComponent(pid);

/**
 * Does something again when asked to: at once, as long as that happens now and then, and whenever a person asks; under a
 * stream of changes not more often than that it takes one part in so many of a processor's time from the runtime's
 * machine, though every few seconds however large that is.
 */
class Refresher {
  constructor(work, { least = 40, pace = 100, burst = 1500 } = {}) {
    Object.assign(this, { work, least, pace, burst, allowed: 0, debt: 0, at: 0, timer: 0, isBusy: false, isAskedAgain: false });
  }

  ask() {
    if (this.isBusy) this.isAskedAgain = true;
    else if (!this.timer) this.timer = setTimeout(() => this.run(), Math.max(0, this.allowed - performance.now()));
  }

  /** For a person, who waits. */
  askNow() {
    this.allowed = 0;
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.isBusy) this.isAskedAgain = this.isUrgent = true;
    else this.ask();
  }

  /** The same, and waits for it. */
  async now() {
    while (this.isBusy) await this.current;
    await this.run();
  }

  run() {
    return this.current = this.perform();
  }

  async perform() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.isBusy = true;
    this.isAskedAgain = this.isUrgent = false;
    let cost = 0;
    try {
      cost = (await this.work()) ?? 0;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      cost = 25;
    } finally {
      this.isBusy = false;
      const now = performance.now();
      this.debt = Math.max(0, this.debt - (now - this.at)) + cost * this.pace;
      this.at = now;
      this.allowed = this.isUrgent ? 0 : now + Math.max(this.least, Math.min(5000, this.debt - this.burst));
      if (this.isAskedAgain) this.ask();
    }
  }
}

/** Lets the arrows lead from one of many elements to the next: in their order, or in another. */
function roving(container, selector, order) {
  container.addEventListener('keydown', (event) => {
    const all = [...container.querySelectorAll(selector)];
    if (order) all.sort(order);
    const place = all.indexOf(event.target);
    const go = { ArrowRight: place + 1, ArrowDown: place + 1, ArrowLeft: place - 1, ArrowUp: place - 1, Home: 0, End: all.length - 1 }[event.key];
    if (place < 0 || go === undefined) return;
    event.preventDefault();
    const next = all[Math.max(0, Math.min(go, all.length - 1))];
    event.target.setAttribute('tabindex', '-1');
    next.setAttribute('tabindex', '0');
    next.focus();
  });
}

/** What all views share. */
const shared = {
  view: 'tree',
  /** The newest event that was heard of. */
  seq: 0,
  /** The runtime's clock when the last message came, and this page's at that moment. */
  time: 0,
  at: performance.now(),
  /** The newest events, oldest first. */
  events: [],
};

/** The runtime's time now, as far as can be told from here. */
const runtimeNow = () => shared.time + (performance.now() - shared.at) / 1000;

function noteTime(seconds) {
  shared.time = seconds;
  shared.at = performance.now();
}

/** Says something to who listens rather than looks. */
let lastSaid = 0;
function say(text) {
  const now = performance.now();
  if (now - lastSaid < 700) return;
  lastSaid = now;
  $('#live').textContent = text;
}
