// What can be done to a process: by the right mouse button, by a long press, by the keys.

const actions = [
  { name: 'details', label: 'Details', key: 'Enter' },
  { name: 'shutdown', label: 'Shut down', ends: true },
  { name: 'kill', label: 'Kill', ends: true, isDanger: true },
  { name: 'exit', label: 'Exit with a reason …', ends: true, isDanger: true },
  { name: 'restart', label: 'Restart by its supervisor', ends: true },
  { name: 'suspend', label: 'Suspend' },
  { name: 'resume', label: 'Resume' },
];

function closeMenu(returnsFocus = false) {
  const menu = $('#menu');
  if (menu.hidden) return;
  menu.hidden = true;
  if (returnsFocus) menu.origin?.focus?.({ preventScroll: true });
}

/** Only where it is known not to be. */
function isPossible(action, { status, supervisor }) {
  if (action.name === 'suspend') return status !== 'suspended';
  if (action.name === 'resume') return status == null || status === 'suspended';
  return action.name !== 'restart' || supervisor !== null;
}

/** Opens the menu for a process, near a point. */
function openMenu(process, x, y, origin) {
  const menu = $('#menu');
  menu.origin = origin;
  menu.replaceChildren(
    h('div', { class: 'context-title' }, shown(nameOf(process), 40), h('small', {}, process.pid)),
    ...actions.filter((action) => isPossible(action, process)).map((action) =>
      h('button', {
        role: 'menuitem', type: 'button', tabindex: '-1', class: action.isDanger ? 'danger' : null, data: { action: action.name },
        onclick: () => { closeMenu(); act(action, process); },
      }, action.label)));
  menu.hidden = false;
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = Math.max(8, Math.min(x, innerWidth - width - 8)) + 'px';
  menu.style.top = Math.max(8, Math.min(y, innerHeight - height - 8)) + 'px';
  $('button', menu).focus();
}

$('#menu').addEventListener('keydown', (event) => {
  const items = [...$('#menu').querySelectorAll('button')];
  const place = items.indexOf(document.activeElement);
  const go = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: -1 }[event.key];
  if (go !== undefined) { items.at(go % items.length).focus(); event.preventDefault(); }
  if (event.key === 'Escape' || event.key === 'Tab') { closeMenu(true); event.preventDefault(); }
  event.stopPropagation();
});
addEventListener('pointerdown', (event) => { if (!$('#menu').contains(event.target)) closeMenu(); });
addEventListener('blur', () => closeMenu());

async function act(action, process) {
  if (action.name === 'details') return openProcess(process.pid);
  const title = `${nameOf(process)} ${process.pid === nameOf(process) ? '' : process.pid}`.trim();
  const order = { action: action.name };
  const isSupervisor = process.kind === 'supervisor' || process.kind === 'dynamic_supervisor';
  if (action.name === 'exit') {
    order.reason = await ask({
      title: `Exit ${shown(title)}`, field: { label: 'Reason', value: 'oops' }, action: 'Send exit signal', isDanger: true,
      text: 'normal is ignored by a process that does not trap exits; kill ends every one.',
    });
    if (!order.reason) return;
  }
  if (isSupervisor && action.ends) {
    const isSure = await ask({
      title: `${action.label.replace(/ …$/, '')}: ${shown(title)}?`, action: action.label.replace(/ …$/, ''), isDanger: true,
      text: 'This is a supervisor. All processes below it end with it, and its own supervisor decides what starts again.',
    });
    if (!isSure) return;
    order.confirmed = true;
  }
  try {
    const done = await api(pidPath(process.pid) + '/actions', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(order),
    });
    toast(shown(done.message, 200));
  } catch (error) {
    toast(shown(error.message, 300), true);
  }
}

/** Lets an element that shows a process be clicked at in all the usual ways. */
function showsProcess(element, process) {
  element.addEventListener('dblclick', () => {
    getSelection().removeAllRanges();
    openProcess(process().pid);
  });
  element.addEventListener('contextmenu', (event) => {
    event.preventDefault();
    openMenu(process(), event.clientX, event.clientY, element);
  });
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') { openProcess(process().pid); event.preventDefault(); }
    if (event.key === '.' || event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
      const box = element.getBoundingClientRect();
      openMenu(process(), box.left + 24, box.bottom, element);
      event.preventDefault();
    }
  });
  let press = 0;
  element.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'touch') return;
    press = setTimeout(() => openMenu(process(), event.clientX, event.clientY, element), 550);
  });
  for (const name of ['pointerup', 'pointermove', 'pointercancel']) element.addEventListener(name, () => clearTimeout(press));
}
