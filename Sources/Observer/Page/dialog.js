// Questions, and the keys.

/** Asks; resolves to what was entered, to true where nothing is entered, or to null. */
function ask({ title, text, field, action, isDanger }) {
  const dialog = $('#dialog');
  const input = field && h('input', { type: 'text', value: field.value ?? '', 'aria-label': field.label, maxlength: 200, autocomplete: 'off' });
  return new Promise((resolve) => {
    const finish = (value) => { dialog.close(); dialog.replaceChildren(); resolve(value); };
    dialog.replaceChildren(
      h('form', { method: 'dialog', onsubmit: (event) => { event.preventDefault(); finish(input ? input.value : true); } },
        h('h2', {}, title),
        text && h('p', {}, text),
        input && h('label', {}, field.label, input),
        h('div', { class: 'buttons' },
          h('button', { type: 'button', onclick: () => finish(null) }, 'Cancel'),
          h('button', { type: 'submit', class: isDanger ? 'danger' : 'primary', autofocus: !input }, action))));
    dialog.oncancel = (event) => { event.preventDefault(); finish(null); };
    dialog.showModal();
    (input ?? $('button[type=submit]', dialog)).focus();
    input?.select();
  });
}

function tell(title, lines) {
  const dialog = $('#dialog');
  dialog.replaceChildren(
    h('form', { method: 'dialog' }, h('h2', {}, title), ...lines,
      h('div', { class: 'buttons' }, h('button', { type: 'submit', class: 'primary', autofocus: true }, 'Close'))));
  dialog.oncancel = null;
  if (!dialog.open) dialog.showModal();
}

/** Why an event happened, in sentences. */
async function tellWhy(seq) {
  try {
    const why = await api(`events/${seq}/why`);
    tell('Why', [h('ol', { class: 'story' }, why.sentences.map((line) => h('li', {}, shown(line.replace(/^→ /, ''), 400))))]);
  } catch (error) {
    tell('Why', [h('p', {}, error.message)]);
  }
}

function tellKeys() {
  const keys = [
    ['1 … 5', 'the views'], ['/', 'search or filter'], ['arrows', 'from process to process, mark to mark; right and left open and fold'],
    ['Enter', 'details of a process'], ['. or Shift F10', 'actions on it'], ['+  −  0', 'larger, smaller, all of it'],
    ['Esc', 'close what is open'], ['t', 'light or dark'],
  ];
  tell('Keys', [h('dl', { class: 'keys' }, keys.map(([key, what]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, what)]))]);
}

let toastTimer = 0;
function toast(text, isError = false) {
  $('.toast')?.remove();
  const element = h('div', { class: isError ? 'toast error' : 'toast', role: isError ? 'alert' : 'status' }, text);
  document.body.append(element);
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => element.remove(), isError ? 7000 : 3500);
}
