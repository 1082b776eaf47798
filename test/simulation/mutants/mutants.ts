// All mutants: faults that are put into the real code one at a time, to prove that the simulator finds them. If the
// code has changed so that a mutant no longer fits, the run fails, and the mutant must be rewritten.
import { bookMutants } from './bookMutants'
import { contractMutants } from './contractMutants'
import type { Mutant } from './mutant'
import { paymentMutants } from './paymentMutants'
import { refundMutants } from './refundMutants'
import { settingsMutants } from './settingsMutants'
import { systemsMutants } from './systemsMutants'

export const mutants: readonly Mutant[] = [
  ...paymentMutants,
  ...refundMutants,
  ...contractMutants,
  ...bookMutants,
  ...settingsMutants,
  ...systemsMutants,
].map(([name, file, find, replace]) => ({ name, file, find, replace }))
