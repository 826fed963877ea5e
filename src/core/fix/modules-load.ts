// Modules that are loaded at every boot.
import { builtIn, type Draft, drafted, ownLines } from '../apply/draft.ts';
import { resolvePath } from '../apply/host.ts';
import { type ActionOf, type Advise, sameModule } from './advice.ts';
import type { PlanAction } from './plan-action.ts';

export const modulesLoad: Advise<ActionOf<'modules-load'>> = (action, facts, _devices, site) => ({
  commands: [
    `printf '%s\\n' ${action.modules.join(' ')} | ${site.as('tee /etc/modules-load.d/vfio.conf')}`,
    ...action.modules.map((m) => site.as(`modprobe ${m.replaceAll('_', '-')}`)).slice(-1),
  ],
  appliable: !site.managed,
  alreadySet: action.modules.every((m) => facts.modulesLoad.some((l) => sameModule(l.module, m))),
});

const OWN_LOAD_FILE = '/etc/modules-load.d/pt-doctor.conf';

/** Modules that some file lists for loading at boot. */
export function modulesAtBoot(draft: Draft): { readonly file: string; readonly module: string }[] {
  const folders = ['/etc/modules-load.d', '/usr/lib/modules-load.d'];
  const files = [
    '/etc/modules',
    ...folders.flatMap((f) => draft.host.list(resolvePath(draft.host, f)).map((n) => `${f}/${n}`)),
    ...(drafted(draft, OWN_LOAD_FILE) === undefined ? [] : [OWN_LOAD_FILE]),
  ];
  return [...new Set(files)].flatMap((file) =>
    (drafted(draft, file) ?? '')
      .split('\n')
      .map((l) => l.trim().split(/\s+/)[0] ?? '')
      .filter((m) => m !== '' && !/^[#;]/.test(m))
      .map((module) => ({ file, module })),
  );
}

export const planModulesLoad: PlanAction<ActionOf<'modules-load'>> = (action, _devices, draft) => {
  const listed = modulesAtBoot(draft);
  const missing = action.modules.filter(
    (m) => !builtIn(draft, m) && !listed.some((l) => sameModule(l.module, m)),
  );
  if (missing.length > 0 && ownLines(draft, OWN_LOAD_FILE, missing)) draft.rebootNeeded = true;
  for (const module of action.modules) draft.expectations.push({ expect: 'module', module });
};
