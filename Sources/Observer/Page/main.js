// Views, theme, keys; and the beginning.

const views = ['tree', 'processes', 'charts', 'timeline', 'system'];

function showView(name, takesFocus = false) {
  shared.view = name;
  for (const view of views) {
    const tab = $('#tab-' + view);
    tab.setAttribute('aria-selected', String(view === name));
    tab.tabIndex = view === name ? 0 : -1;
    $('#panel-' + view).hidden = view !== name;
  }
  if (takesFocus) $('#tab-' + name).focus();
  history.replaceState(null, '', '#' + name);
  document.title = `Observer · ${$('#tab-' + name).textContent}`;
  refreshView(true);
}

for (const view of views) $('#tab-' + view).onclick = () => showView(view);
$('.tabs').addEventListener('keydown', (event) => {
  const go = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!go) return;
  showView(views.at((views.indexOf(shared.view) + go) % views.length), true);
  event.preventDefault();
});

// What the person chose stays; else the system's choice holds.
const theme = {
  get: () => { try { return localStorage.getItem('observer-theme'); } catch { return null; } },
  set: (value) => { try { localStorage.setItem('observer-theme', value); } catch { /* not allowed to: then for this page only */ } },
};
function applyTheme(value) { if (value) document.documentElement.dataset.theme = value; }
function toggleTheme() {
  const isDark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  const value = isDark ? 'light' : 'dark';
  applyTheme(value);
  theme.set(value);
}
applyTheme(theme.get());
$('#theme').onclick = toggleTheme;
$('#help').onclick = tellKeys;

addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    if ($('#dialog').open) return;
    if (!$('#menu').hidden) return closeMenu(true);
    if (!$('#drawer').hidden) return closeProcess();
    document.activeElement?.blur?.();
    return;
  }
  if (event.target.closest('input, dialog, textarea') || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key >= '1' && event.key <= '5') showView(views[event.key - 1], true);
  else if (event.key === '/') ({ processes: $('#filter'), tree: $('#tree-search') })[shared.view]?.focus();
  else if (event.key === 't') toggleTheme();
  else if (event.key === '?') tellKeys();
  else if (shared.view === 'tree' && (event.key === '+' || event.key === '=')) zoom(1.25);
  else if (shared.view === 'tree' && event.key === '-') zoom(0.8);
  else if (shared.view === 'tree' && event.key === '0') fit();
  else return;
  event.preventDefault();
});

// A menu of links closes when one was chosen, or something else is.
addEventListener('click', (event) => {
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!menu.contains(event.target) || event.target.closest('a')) menu.open = false;
  }
});

setInterval(() => { if (shared.view === 'timeline' && timeline.follows && !document.hidden) drawSoon(); }, 250);
setInterval(() => { if (drawer.pid && !document.hidden) refreshProcess.ask(); }, 2000);

const wanted = location.hash.slice(1);
showView(views.includes(wanted) ? wanted : 'tree');
connect();
