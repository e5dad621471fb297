// The report's behaviour: filters and copy buttons. Without it everything is shown, only not to be filtered.
'use strict';
(() => {
  const filterBy = (form) => {
    const shown = document.getElementById('shown');
    const table = document.querySelector('table.matrix');
    const groups = [...table.tBodies].map((body) => ({ body, rows: [...body.rows].slice(1) }));
    const total = groups.reduce((sum, { rows }) => sum + rows.length, 0);
    const texts = new Map();

    const textOf = (row) => {
      let text = texts.get(row);
      if (text === undefined) {
        text = row.cells[0].textContent.toLowerCase();
        texts.set(row, text);
      }
      return text;
    };

    const apply = () => {
      const wanted = new FormData(form);
      const words = wanted.get('text').toLowerCase().split(/\s+/).filter(Boolean);
      const fits = (row) =>
        ['level', 'party', 'area'].every((key) => !wanted.get(key) || row.dataset[key] === wanted.get(key)) &&
        (!wanted.get('verdict') || row.dataset.verdict.split(' ').includes(wanted.get('verdict'))) &&
        words.every((word) => textOf(row).includes(word));
      let visible = 0;
      for (const { body, rows } of groups) {
        let any = false;
        for (const row of rows) {
          const fit = fits(row);
          if (row.hidden === fit) row.hidden = !fit;
          any ||= fit;
          if (fit) visible++;
        }
        if (body.hidden === any) body.hidden = !any;
      }
      const count = (n) => n.toLocaleString('en-US');
      shown.textContent =
        visible === total ? `${count(total)} clauses` : `${count(visible)} of ${count(total)} clauses`;
    };

    form.hidden = false;
    form.addEventListener('input', apply);
    form.addEventListener('submit', (event) => event.preventDefault());
    // The fields have their old values until the event is over.
    form.addEventListener('reset', () => setTimeout(apply));
    // A page that is loaded again keeps what was chosen.
    apply();
  };

  const form = document.getElementById('filters');
  if (form !== null) filterBy(form);

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement('textarea');
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
  };
  for (const button of document.querySelectorAll('button[data-copy]')) {
    button.hidden = false;
    button.addEventListener('click', async () => {
      await copy(document.getElementById(button.dataset.copy).textContent);
      button.textContent = 'Copied';
      button.addEventListener('blur', () => (button.textContent = 'Copy'), { once: true });
    });
  }

  // What is folded away is shown when it goes to paper.
  addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll('.sequence details, .chain')) details.open = true;
  });
})();
