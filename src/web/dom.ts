// The page's elements by their id. A missing one is a bug of the page, found by every test.
export function $(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no element #${id}`);
  return element;
}

export function field(id: string): HTMLInputElement | HTMLTextAreaElement {
  const element = $(id);
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) return element;
  throw new Error(`#${id} is no field`);
}

export function hide(id: string, hidden: boolean): void {
  $(id).hidden = hidden;
}

export function button(text: string, act: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.addEventListener('click', act);
  return made;
}

/** Draws the eye to an element for a moment. */
export function flash(element: Element): void {
  element.classList.remove('flash');
  void (element as HTMLElement).offsetWidth;
  element.classList.add('flash');
  setTimeout(() => element.classList.remove('flash'), 1700);
}
