// Options of a kernel module in /etc/modprobe.d.
import { builtIn, type Draft, drafted, draftText, ownLines, wantArgs } from '../apply/draft.ts';
import { argName } from '../apply/edit.ts';
import {
  fileName,
  OWN_FILE,
  optionUses,
  readDirectives,
  replaceOption,
  sameValue,
} from '../apply/modprobe.ts';
import type { Facts } from '../model.ts';
import { sameModule } from '../text/module-name.ts';
import { type ActionOf, type Advise, appendLines, OWN_MODPROBE_FILE, rebuild } from './advice.ts';
import { onCommandLine, takesOptionsFromCommandLine } from './declared.ts';
import type { PlanAction } from './plan-action.ts';

/** True when the input shows `module option=value`; `1`, `Y` and `y` are one value to the kernel's booleans. */
function isSet(facts: Facts, module: string, option: string, value: string): boolean {
  const plain = (v: string) => (/^[yY1]$/.test(v) ? '1' : /^[nN0]$/.test(v) ? '0' : v);
  // The last one wins, as in the kernel.
  const last = facts.moduleOptions.findLast((o) => sameModule(o.module, module) && o.option === option);
  return last !== undefined && plain(last.value) === plain(value);
}

export const modprobeOption: Advise<ActionOf<'modprobe-option'>> = (action, facts, _devices, site) => {
  const options = Object.entries(action.options);
  const line = `options ${action.module} ${options.map(([k, v]) => `${k}=${v}`).join(' ')}`;
  return {
    commands: takesOptionsFromCommandLine(site)
      ? onCommandLine(
          site,
          options.map(([k, v]) => `${action.module}.${k}=${v}`),
        )
      : [...appendLines(OWN_MODPROBE_FILE, [line]), ...rebuild(site)],
    appliable: !site.managed,
    alreadySet: options.every(([k, v]) => isSet(facts, action.module, k, v)),
  };
};

/**
 * Options go into pt-doctor's own file, unless a foreign one sets them already: then its last token is edited, since of two
 * settings the kernel takes the last. A module built into the kernel only hears its options from the command line.
 */
export const planModprobeOption: PlanAction<ActionOf<'modprobe-option'>> = (action, _devices, draft) => {
  for (const [option, value] of Object.entries(action.options)) {
    setOption(draft, action.module, option, value);
    draft.expectations.push({ expect: 'parameter', module: action.module, option, value });
  }
};

export function setOption(draft: Draft, module: string, option: string, value: string): void {
  const argument = draft.args.add.find((a) => argName(a) === argName(`${module}.${option}`));
  if (builtIn(draft, module) || draft.loader === 'rpm-ostree' || argument !== undefined) {
    wantArgs(draft, { add: [`${module}.${option}=${value}`], remove: [] });
    return;
  }
  const directives = readDirectives(draft.host, (path) => drafted(draft, path));
  const last = optionUses(directives, module, option).at(-1);
  if (last && sameValue(last.value, value)) return;
  let changed: boolean;
  if (last?.file.startsWith('/etc/'))
    changed = draftText(
      draft,
      last.file,
      replaceOption(drafted(draft, last.file) ?? '', module, option, value),
    );
  else {
    changed = ownLines(draft, OWN_FILE, [`options ${module} ${option}=${value}`]);
    if (last && fileName(last.file) > fileName(OWN_FILE))
      draft.manual.push(
        `${last.file} sets ${option}=${last.value} and is read after ${OWN_FILE}: change it there.`,
      );
  }
  if (changed) draft.initramfsChanged = true;
}
