// The twins, one line each.
import { jubao } from './jubao'
import { midas } from './midas'
import { paymax } from './paymax'
import type { Twin } from './twin'

export const twins: readonly Twin[] = [midas, jubao, paymax]
