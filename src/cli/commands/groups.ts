// `pt-doctor groups`: the IOMMU groups as a tree; with --usb the USB controllers and what hangs on them.
import { type GroupView, groupViews, isBridge } from '../../core/host/groups.ts';
import { className } from '../../core/host/names.ts';
import type { HostDevice } from '../../core/host/pci.ts';
import type { HostState } from '../../core/host/read-host.ts';
import { wrap } from '../../core/report/wrap.ts';
import { shortBdf } from '../../core/text/bdf.ts';
import { sanitize } from '../../core/text/sanitize.ts';
import type { Context, ExitCode } from '../context.ts';
import { type HostOptions, hostOf, unreadWords } from '../host.ts';
import { type Paint, paintFor } from '../paint.ts';
import { VERSION } from '../version.ts';

export interface GroupsOptions extends HostOptions {
  readonly usb?: boolean;
}

const VERDICTS = {
  alone: { mark: '+', paint: (p: Paint) => p.green },
  together: { mark: '+', paint: (p: Paint) => p.green },
  shared: { mark: '!', paint: (p: Paint) => p.yellow },
  used: { mark: '-', paint: (p: Paint) => p.yellow },
  none: { mark: ' ', paint: (p: Paint) => p.dim },
} as const satisfies Record<GroupView['verdict'], unknown>;

function details(d: HostDevice): string {
  const driver = d.driver === undefined ? 'driver ?' : d.driver === '' ? 'no driver' : `driver ${d.driver}`;
  if (isBridge(d)) return driver;
  const reset =
    d.resets === undefined ? 'reset ?' : d.resets.length === 0 ? 'no reset' : `reset ${d.resets.join(' ')}`;
  const sleeps = d.powerState && /^D[123]/.test(d.powerState) ? [d.powerState] : [];
  return [driver, reset, ...sleeps, ...(d.bootVga ? ['boot screen'] : [])].join(', ');
}

function deviceLines(d: HostDevice, tip: string, rest: string, columns: number, paint: Paint): string[] {
  const name = `${shortBdf(d.bdf)} ${className(d.class)}${d.name ? `: ${d.name}` : ''}${d.id ? ` [${d.id}]` : ''}`;
  const first = wrap([sanitize(name)], columns - 5, (t) => t).map((l, i) => `${i === 0 ? tip : rest}${l}`);
  return [
    ...first,
    ...wrap([sanitize(details(d))], columns - 9, (t) => paint.dim(t)).map((l) => `${rest}    ${l}`),
  ];
}

function tree(state: HostState, columns: number, paint: Paint): string[] {
  const out: string[] = [];
  const views = groupViews(state);
  for (const view of views) {
    const { mark, paint: color } = VERDICTS[view.verdict];
    const head = `${mark} Group ${view.id}  ${view.why}`;
    out.push(...wrap([sanitize(head)], columns, (t) => color(paint)(t)));
    view.members.forEach((d, i) => {
      const last = i === view.members.length - 1;
      out.push(...deviceLines(d, last ? '  └─ ' : '  ├─ ', last ? '     ' : '  │  ', columns, paint));
    });
  }
  const without = [...state.pci.devices.values()].filter((d) => d.group === undefined);
  if (without.length > 0) {
    out.push(
      paint.yellow(
        state.platform.iommu.groups === undefined
          ? 'The IOMMU groups could not be read.'
          : views.length === 0
            ? 'No IOMMU groups: the IOMMU is off, so nothing can be passed.'
            : '! Without a group: no IOMMU covers these',
      ),
    );
    without.forEach((d, i) => {
      const last = i === without.length - 1;
      out.push(...deviceLines(d, last ? '  └─ ' : '  ├─ ', last ? '     ' : '  │  ', columns, paint));
    });
  }
  if (views.length > 0)
    out.push('', paint.dim('+ can be passed   ! shares its group   - the host lives on it'));
  return out;
}

export async function groupsAction(context: Context, options: GroupsOptions): Promise<ExitCode> {
  if (options.usb) {
    const { usbAction } = await import('./groups-usb.ts');
    return usbAction(context, options);
  }
  const state = await hostOf(context, options.root, true);
  if (options.json) {
    const groups = groupViews(state).map(({ id, verdict, why, members }) => ({
      id,
      verdict,
      why,
      members: members.map((d) => ({
        bdf: d.bdf,
        id: d.id,
        name: d.name,
        class: d.class,
        driver: d.driver,
        resets: d.resets,
        powerState: d.powerState,
        bridge: isBridge(d),
        usedFor: state.inUse.by.get(d.bdf) ?? [],
      })),
    }));
    const tool = { name: 'pt-doctor', version: VERSION };
    context.print(
      `${JSON.stringify({ schema: 1, tool, host: state.name, groups, unread: unreadWords(state, 1000) }, null, 2)}\n`,
    );
    return 0;
  }
  const paint = await paintFor(context);
  const out = tree(state, context.columns, paint);
  if (state.pci.missing) out.push(`The PCI devices could not be read: ${state.pci.missing.why}`);
  else if (out.length === 0)
    out.push('No PCI devices are visible here; in a container look on the host itself.');
  context.print(`${out.join('\n')}\n`);
  return 0;
}
