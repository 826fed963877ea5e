// Modules that are loaded at every boot.
import { type ActionOf, type Advise, sameModule } from './advice.ts';

export const modulesLoad: Advise<ActionOf<'modules-load'>> = (action, facts, _devices, site) => ({
  commands: [
    `printf '%s\\n' ${action.modules.join(' ')} | ${site.as('tee /etc/modules-load.d/vfio.conf')}`,
    ...action.modules.map((m) => site.as(`modprobe ${m.replaceAll('_', '-')}`)).slice(-1),
  ],
  appliable: !site.managed,
  alreadySet: action.modules.every((m) => facts.modulesLoad.some((l) => sameModule(l.module, m))),
});
