// Options of a kernel module in /etc/modprobe.d.
import type { Facts } from '../model.ts';
import { type ActionOf, type Advise, appendLines, OWN_MODPROBE_FILE, rebuild, sameModule } from './advice.ts';

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
    commands: [...appendLines(OWN_MODPROBE_FILE, [line], site), ...rebuild(site)],
    appliable: !site.managed,
    alreadySet: options.every(([k, v]) => isSet(facts, action.module, k, v)),
  };
};
