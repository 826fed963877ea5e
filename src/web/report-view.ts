// The report and the log side by side: a line number in the report leads to the line, a marked line to what the report
// says of it.
import type { Result, RuleBase } from '../core/model.ts';
import { compose } from '../core/report/compose.ts';
import { htmlBody } from '../core/report/html.ts';
import type { Input } from './diagnose.ts';
import { $, flash } from './dom.ts';
import { logHtml } from './log-view.ts';

function show(element: Element) {
  element.scrollIntoView({ block: 'center' });
  if (element instanceof HTMLElement) element.focus({ preventScroll: true });
  flash(element);
}

export function createReportView(base: RuleBase, version: string) {
  const report = $('report');
  const lines = $('lines');

  report.addEventListener('click', (event) => {
    const link = (event.target as Element).closest('[data-line]');
    if (!link) return;
    event.preventDefault();
    const line = document.getElementById(`L${link.getAttribute('data-line')}`);
    if (line) show(line);
  });
  lines.addEventListener('click', (event) => {
    const hit = (event.target as Element).closest('.hit');
    if (!hit) return;
    event.preventDefault();
    const said = report.querySelector(`[data-line="${hit.id.slice(1)}"]`);
    if (said) show(said);
  });

  return {
    show(result: Result, inputs: readonly Input[]) {
      const document = compose(result, base, { version, view: 'page' });
      report.innerHTML = htmlBody(document, { idHref: (id) => `#${id}`, linesBeside: true });
      lines.innerHTML = logHtml(inputs, result);
      // What is out of sight is not laid out: the browser has to know its height.
      const chunks = lines.querySelectorAll<HTMLElement>('.chunk');
      lines.classList.toggle('long', chunks.length > 10);
      for (const chunk of chunks) {
        const count = (chunk.firstElementChild?.textContent ?? '').split('\n').length;
        chunk.style.containIntrinsicHeight = `auto ${count * 1.55}em`;
      }
      // A number whose line is not shown leads nowhere.
      for (const link of report.querySelectorAll('[data-line]'))
        if (!lines.querySelector(`#L${link.getAttribute('data-line')}`)) {
          const text = window.document.createElement('span');
          text.className = 'ln';
          text.textContent = link.textContent;
          link.replaceWith(text);
        }
    },
  };
}
