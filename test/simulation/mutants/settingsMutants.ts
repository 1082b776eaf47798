// Mutants: faults put on purpose into the code that chooses settings. After a change of settings this code decides
// which settings a payment that is in progress uses.
import type { Patch } from './mutant'

const generations = 'runtime/generations.ts'

export const settingsMutants: readonly Patch[] = [
  [
    'old keys are used on',
    generations,
    'return own && kept.find(({ account }) => account === own.account)',
    'return own',
  ],
  [
    'the newest settings are used, whoever the merchant is',
    generations,
    'return own && kept.find(({ account }) => account === own.account)',
    'return own && kept[0]',
  ],
  ['settings that were ended are used on', generations, '.filter(({ generation }) => !ended.includes(generation))', ''],
  [
    'an attempt of another merchant is gone on with',
    'usecases/platform/mayGoOn.ts',
    'provider === definition.code && own?.has(generation) !== false',
    'provider === definition.code || own?.has(generation) === undefined',
  ],
  [
    'settings are not read again when a signature fails',
    'usecases/settle/receiveNotice.ts',
    '!(heard instanceof SignatureProbe) && (await ctx.refreshSettings())',
    '!(heard instanceof SignatureProbe) && ctx === undefined',
  ],
]
