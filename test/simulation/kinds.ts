// The kinds of lives, and which seed lives which: what a seed lives must not change, so kinds are added at the end.
import { BookLife } from './bookLife'
import { ContractLife } from './contractLife'
import type { Life } from './life'
import { OrderLife } from './orderLife'
import type { WorldOptions } from './world'

const kinds = { orders: OrderLife, contracts: ContractLife, books: BookLife } as const
export type Kind = keyof typeof kinds

export const isKind = (text: string): text is Kind => Object.hasOwn(kinds, text)

// One in five lives a contract, one in fifty has its bills and figures looked at.
const kindOf = (seed: number): Kind => (seed % 5 === 0 ? 'contracts' : seed % 50 === 7 ? 'books' : 'orders')

export const createLife = (options: WorldOptions, kind: Kind = kindOf(options.seed)): Life => new kinds[kind](options)
