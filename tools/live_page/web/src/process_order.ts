// The order of processes in the list: versions of a process stay together.

interface Version {
  processId: string;
  tenantId: string;
  version: number;
}

/** Returns processes in the order in which each id is first named, with its newest version first. */
export function byProcess<T extends Version>(processes: readonly T[]): T[] {
  const groups = new Map<string, T[]>();
  for (const process of processes) {
    const name = JSON.stringify([ process.tenantId, process.processId ]);
    groups.set(name, [ ...(groups.get(name) ?? []), process ]);
  }
  return [ ...groups.values() ].flatMap((group) => group.sort((a, b) => b.version - a.version));
}
