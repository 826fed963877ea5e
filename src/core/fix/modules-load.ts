// Modules that are loaded at every boot.
import { builtIn, type Draft, drafted, ownLines } from '../apply/draft.ts';
import { resolvePath } from '../apply/host.ts';
import { sameModule } from '../text/module-name.ts';
import type { ActionOf, Advise } from './advice.ts';
import { declaredAt } from './declared.ts';
import type { PlanAction } from './plan-action.ts';

export const modulesLoad: Advise<ActionOf<'modules-load'>> = (action, facts, _devices, site) => {
  // The last one brings the others along.
  const now = action.modules.map((m) => `modprobe ${m.replaceAll('_', '-')}`).slice(-1);
  const declared = declaredAt(site);
  return {
    commands: [
      ...(declared
        ? now.flatMap((command) => declared.atBoot(command))
        : [`printf '%s\\n' ${action.modules.join(' ')} >> /etc/modules-load.d/vfio.conf`]),
      ...now,
    ],
    appliable: !site.managed,
    alreadySet: action.modules.every((m) => facts.modulesLoad.some((l) => sameModule(l.module, m))),
  };
};

const OWN_LOAD_FILE = '/etc/modules-load.d/pt-doctor.conf';

/** Searched in this order; a file hides one of the same name further down (modules-load.d(5)). */
const FOLDERS = [
  '/etc/modules-load.d',
  '/run/modules-load.d',
  '/usr/local/lib/modules-load.d',
  '/usr/lib/modules-load.d',
];

/** Modules that some file lists for loading at boot. Debian reads /etc/modules through a link in modules-load.d: it counts once. */
export function modulesAtBoot(draft: Draft): { readonly file: string; readonly module: string }[] {
  const byName = new Map<string, string>();
  for (const folder of FOLDERS)
    for (const name of draft.host.list(resolvePath(draft.host, folder)))
      if (name.endsWith('.conf') && !byName.has(name)) byName.set(name, `${folder}/${name}`);
  const own = drafted(draft, OWN_LOAD_FILE) === undefined ? [] : [OWN_LOAD_FILE];
  const files = ['/etc/modules', ...byName.values(), ...own].map((f) => resolvePath(draft.host, f));
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
  if (missing.length > 0) ownLines(draft, OWN_LOAD_FILE, missing);
  for (const module of action.modules) draft.expectations.push({ expect: 'module', module });
};
