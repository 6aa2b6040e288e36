// The table of processes. The server sorts, filters and pages; here is only the page that is looked at.

const columns = [
  ['pid', 'PID', 'number'], ['name', 'Name'], ['kind', 'Kind'], ['supervisor', 'Supervisor'], ['status', 'Status'],
  ['mailbox', 'Mailbox', 'number'], ['handled', 'Handled', 'number'], ['restarts', 'Restarts', 'number'], ['age', 'Age', 'number'],
];
const table = { sort: 'pid', isDescending: false, filter: '', offset: 0, limit: 100, matching: 0, rows: new Map() };

const tableQuery = () => new URLSearchParams({
  sort: table.sort, order: table.isDescending ? 'desc' : 'asc', filter: table.filter,
});

const refreshTable = new Refresher(async () => {
  const query = tableQuery();
  query.set('offset', table.offset);
  query.set('limit', table.limit);
  const page = await api('processes?' + query);
  if (page.matching <= table.offset && table.offset > 0) { table.offset = 0; refreshTable.askNow(); }
  drawTable(page);
  return page.cost;
}, { least: 300 });

$('#table thead tr').append(...columns.map(([name, label, type]) =>
  h('th', { scope: 'col', class: type, data: { column: name } },
    h('button', { type: 'button', onclick: () => sortBy(name, type) }, label, h('span', { class: 'arrow', 'aria-hidden': 'true' })))));

function sortBy(name, type) {
  if (table.sort === name) table.isDescending = !table.isDescending;
  else Object.assign(table, { sort: name, isDescending: type === 'number' && name !== 'pid' });
  table.offset = 0;
  markSorted();
  refreshTable.askNow();
}

function markSorted() {
  for (const cell of $('#table thead').querySelectorAll('th')) {
    const isSorted = cell.dataset.column === table.sort;
    cell.setAttribute('aria-sort', isSorted ? (table.isDescending ? 'descending' : 'ascending') : 'none');
    $('.arrow', cell).textContent = isSorted ? (table.isDescending ? '▾' : '▴') : '';
  }
}

function drawTable(page) {
  table.matching = page.matching;
  const body = $('#table tbody');
  const kept = new Map();
  page.processes.forEach((process, index) => {
    let row = table.rows.get(process.pid);
    if (!row) {
      row = { element: h('tr', { tabindex: '-1', data: { pid: process.pid } }, columns.map(([name, , type]) => h('td', { class: type ?? name }))) };
      const made = row;
      showsProcess(row.element, () => made.process);
      row.element.addEventListener('keydown', (event) => {
        const go = { ArrowDown: row.element.nextSibling, ArrowUp: row.element.previousSibling }[event.key];
        if (go) { go.focus(); event.preventDefault(); }
      });
    }
    row.process = process;
    kept.set(process.pid, row);
    const cells = [
      process.pid, shown(process.name ?? process.label ?? '—', 60), kindWords[process.kind], shown(process.supervisor_title ?? '—', 40), process.status,
      number(process.mailbox), number(process.handled), number(process.restarts), age(process.age_s),
    ];
    cells.forEach((text, place) => { const cell = row.element.children[place]; if (cell.textContent !== text) cell.textContent = text; });
    row.element.className = `status-${process.status}${process.restarts ? ' restarted' : ''}${process.mailbox > 100 ? ' crowded' : ''}`;
    if (body.children[index] !== row.element) body.insertBefore(row.element, body.children[index] ?? null);
  });
  for (const [pid, row] of table.rows) if (!kept.has(pid)) row.element.remove();
  table.rows = kept;
  if (body.firstChild && ![...body.children].some((row) => row.tabIndex === 0)) body.firstChild.tabIndex = 0;
  $('#matching').textContent = page.matching === page.total
    ? `${number(page.total)} processes` : `${number(page.matching)} of ${number(page.total)} processes`;
  drawPager();
}

function drawPager() {
  const last = Math.max(0, Math.ceil(table.matching / table.limit) - 1);
  const current = Math.floor(table.offset / table.limit);
  const button = (label, page, text) => h('button', {
    type: 'button', 'aria-label': label, title: label, disabled: page < 0 || page > last || page === current,
    onclick: () => { table.offset = page * table.limit; refreshTable.askNow(); $('#panel-processes .scroll').scrollTop = 0; },
  }, text);
  $('#pager').replaceChildren(...(last === 0 ? [] : [
    button('First page', 0, '«'), button('Page before', current - 1, '‹'),
    h('span', { class: 'quiet' }, `page ${number(current + 1)} of ${number(last + 1)}`),
    button('Next page', current + 1, '›'), button('Last page', last, '»')]));
}

$('#filter').addEventListener('input', (event) => {
  table.filter = event.target.value.trim();
  table.offset = 0;
  refreshTable.askNow();
});

for (const link of document.querySelectorAll('[data-export]')) {
  link.href = `api/export/processes.${link.dataset.export}`;
  link.addEventListener('click', () => { link.href = `api/export/processes.${link.dataset.export}?${tableQuery()}`; });
}
markSorted();
