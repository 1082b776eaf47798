// Faults put into the real code on purpose, one at a time: they prove that the simulator finds such faults. A patch whose
// text no longer stands in the code fails loudly and has to be written anew.
import { bookMutants } from './bookMutants'
import { contractMutants } from './contractMutants'
import type { Mutant } from './mutant'
import { paymentMutants } from './paymentMutants'
import { refundMutants } from './refundMutants'
import { settingsMutants } from './settingsMutants'

export const mutants: readonly Mutant[] = [
  ...paymentMutants,
  ...refundMutants,
  ...contractMutants,
  ...bookMutants,
  ...settingsMutants,
].map(([name, file, find, replace]) => ({ name, file, find, replace }))
