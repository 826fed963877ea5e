// Conditions of the rule base in words.
import type { Condition } from '../model.ts';
import type { Words } from './document.ts';

/** Items with `or` between the last two. */
export const or = (items: readonly string[]) =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`;

/** Ids with `or` between them. */
export const ids = (list: readonly string[]): Words =>
  list.flatMap((id, i): Words => [i === 0 ? '' : i === list.length - 1 ? ' or ' : ', ', { kind: 'id', id }]);

/** A condition of the rule base in words: `kernel is >=6.8, and x or y was found too`. */
export function conditionWords(when: Condition | undefined): Words {
  if (!when) return [];
  const parts: Words[] = [
    ...Object.entries(when.capture ?? {}).map(([name, values]) => [`${name} is ${or(values)}`]),
    ...(when.seen ? [[...ids(when.seen), ' was found too']] : []),
    ...(when.seen_same_device ? [[...ids(when.seen_same_device), ' was found on the same device']] : []),
    ...(when.unseen ? [[...ids(when.unseen), ' was not found']] : []),
    ...(when.before ? [[...ids(when.before), ' came before']] : []),
    ...(when.after ? [[...ids(when.after), ' came after']] : []),
    ...Object.entries(when.facts ?? {}).map(([name, values]) => [`${name} is ${or(values)}`]),
    ...Object.entries(when.device ?? {}).map(([name, values]) => [
      values === true ? 'the device is on the root bus' : `the device's ${name} is ${or(values ?? [])}`,
    ]),
    ...(when.driver ? [[`the driver is ${or(when.driver)}`]] : []),
    ...(when.excerpt ? [['the input is an excerpt, no whole log']] : []),
    ...(when.any
      ? [when.any.flatMap((c, i): Words => [i > 0 ? ' or (' : '(', ...conditionWords(c), ')'])]
      : []),
    ...(when.not ? [['not (', ...conditionWords(when.not), ')']] : []),
  ];
  return parts.flatMap((part, i): Words => (i > 0 ? [', and ', ...part] : part));
}
