// The shared types of pt-doctor, each with a line of meaning; what works on them imports them from here. Data only: no function
// lives here. In the order in which data flows:

export type * from './model/diagnosis.ts';
export type * from './model/facts.ts';
export type * from './model/fixes.ts';
export type * from './model/log.ts';
export type * from './model/prepared.ts';
export type * from './model/rules.ts';
