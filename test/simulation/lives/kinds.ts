// The kinds of lives, and which seed gets which kind. A seed must always give the same life, so new kinds must not
// change the old seeds.

import type { WorldOptions } from '../world'
import { BookLife } from './bookLife'
import { ContractLife } from './contractLife'
import type { Life } from './life'
import { OrderLife } from './orderLife'
import { ContractSystemsLife, SystemsLife } from './systemsLife'

const kinds = {
  orders: OrderLife,
  contracts: ContractLife,
  books: BookLife,
  systems: SystemsLife,
  contractSystems: ContractSystemsLife,
} as const
export type Kind = keyof typeof kinds

export const isKind = (text: string): text is Kind => Object.hasOwn(kinds, text)

// One life in five is about a contract, and one in fifty is about bills and sales figures. In six lives of a hundred there
// are other systems of the merchant.
function kindOf(seed: number): Kind {
  if (seed % 5 === 0) return seed % 100 === 15 ? 'contractSystems' : 'contracts'
  return seed % 50 === 7 ? 'books' : seed % 20 === 9 ? 'systems' : 'orders'
}

export const createLife = (options: WorldOptions, kind: Kind = kindOf(options.seed)): Life => new kinds[kind](options)
