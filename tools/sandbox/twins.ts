// The twins, one line each.
import { midas } from './midas'
import { paymax } from './paymax'
import type { Twin } from './twin'

export const twins: readonly Twin[] = [midas, paymax]
