// `page.html#d3cold-power-transition`: everything the rule base says of a rule, cause, fix or device.
import { commandsFor } from '../core/fix/commands.ts';
import type { RuleBase } from '../core/model.ts';
import { explain } from '../core/report/explain.ts';
import { htmlBody } from '../core/report/html.ts';
import { $, hide } from './dom.ts';

const ID = /^#([a-z0-9][a-z0-9-]{1,80})$/;

export function createExplain(base: RuleBase): void {
  const place = $('explain');

  function follow() {
    const id = ID.exec(location.hash)?.[1];
    const found =
      id === undefined || document.getElementById(id) ? undefined : explain(id, base, commandsFor);
    hide('explain', found === undefined);
    if (!found) {
      place.replaceChildren();
      return;
    }
    place.innerHTML = `<a class="back" href="#">Close this explanation</a>${htmlBody(found, { idHref: (other) => `#${other}` })}`;
    place.scrollIntoView();
    place.focus({ preventScroll: true });
  }

  addEventListener('hashchange', follow);
  follow();
}
