import type { AdminInput, AdminResults, StaffPlanView, StaffProductView } from '../../api/admin'
import { AppError } from '../../domain/errors'
import { decimalsOf } from '../../domain/money'
import { oldKind, takes } from '../../domain/orders/goods'
import { planShape, productShape } from '../../domain/shapes'
import { checkTerms } from '../../domain/terms'
import type { Document } from '../../store/database'
import { allPlans, type Plan, termsOf } from '../../store/plans'
import { allProducts, type Product } from '../../store/products'
import type { StaffContext } from '../platform/context'
import { contractSource } from '../platform/contractProvider'
import { soundRows } from '../platform/soundRows'
import type { Done } from './audited'

/** Lists all products in the order in which the shop shows them. Products that are no longer on sale are included. */
export async function listProducts(ctx: StaffContext): Promise<Done<AdminResults['products']>> {
  const { rows, broken } = soundRows(ctx, await allProducts(ctx.db), productShape, productView)
  return { result: { products: rows, broken } }
}

/** Lists all plans. Also gives the address to which providers must send their notifications about ended contracts. */
export async function listAllPlans(ctx: StaffContext): Promise<Done<AdminResults['plans']>> {
  const [plans, { publicUrl }] = await Promise.all([allPlans(ctx.db), ctx.shop()])
  const { rows, broken } = soundRows(ctx, plans, planShape, planView)
  return { result: { plans: rows, broken, noticePlace: `${publicUrl}/notify` } }
}

/**
 * Adds or replaces a product. Existing orders keep their prices. All function instances use the new product within a
 * minute.
 * @throws BadInput for an unknown currency; Conflict if the product was changed meanwhile, or already exists
 */
export async function saveProduct(
  ctx: StaffContext,
  { version, product: { sku, ...fields } }: AdminInput<'saveProduct'>,
): Promise<Done<AdminResults['saveProduct']>> {
  decimalsOf(fields.currency)
  const before = await save<Product>(ctx, 'products', { _id: sku, version: (version ?? 0) + 1, ...fields }, version)
  const product = productView({ _id: sku, version: (version ?? 0) + 1, ...fields })
  return {
    result: { product },
    ...(before && { before: { ...productView(before) } }),
    after: { ...product },
  }
}

/**
 * Adds or replaces a plan. Contracts that are signed from now on get the new terms; signed contracts keep theirs.
 * @throws BadInput for terms that the provider cannot keep, or for a provider without contracts; Conflict if the plan
 * was changed meanwhile, or already exists
 */
export async function savePlan(
  ctx: StaffContext,
  { version, plan }: AdminInput<'savePlan'>,
): Promise<Done<AdminResults['savePlan']>> {
  const { provider, onSale, rank, ...terms } = plan
  checkTerms(terms)
  if (!takes('contract', plan.kind, await ctx.shop()))
    throw new AppError('BadInput', 'kind: virtual content is not charged under contracts', {
      details: [{ field: 'kind', rule: 'virtual' }],
    })
  if (onSale && !(await contractSource(ctx, provider)))
    throw new AppError('BadInput', 'provider: its settings allow no contracts')
  const { plan: code, ...rest } = plan
  const document: Plan = { _id: code, version: (version ?? 0) + 1, ...rest }
  const before = await save<Plan>(ctx, 'plans', document, version)
  const view = planView(document)
  return {
    result: { plan: view },
    ...(before && { before: { ...planView(before) } }),
    after: { ...view },
  }
}

/** Stores a product or plan. @returns the document before the change @throws Conflict */
async function save<T extends Document>(
  ctx: StaffContext,
  collection: string,
  document: T,
  version: number | null,
): Promise<T | undefined> {
  const there = await ctx.db.get<T>(collection, document._id)
  if (version === null) {
    if (!there) await ctx.db.insert<T>(collection, document).catch(() => undefined)
    // The insert may fail although the document is there, stored by this call or by another one. So read the document,
    // then decide.
    const stored = there ?? (await ctx.db.get<T>(collection, document._id))
    if (!stored) throw new AppError('Internal', 'it could not be stored')
    if (!isSame(stored, document)) throw new AppError('Conflict', 'this code is already used')
    return undefined
  }
  // An earlier try of the same call has already stored these fields.
  if (there?.version === version + 1 && isSame(there, document)) return undefined
  // Leave `_id` out, because CloudBase refuses a write of `_id`, even if the value is the same.
  const { _id, ...fields } = document
  if (
    there?.version !== version ||
    !(await ctx.db.change<T>(collection, _id, version, fields as unknown as Partial<T>))
  )
    throw new AppError('Conflict', 'the product or plan was changed by somebody else')
  return there
}

const isSame = (there: object, document: object): boolean =>
  Object.entries(document).every(([name, value]) => (there as Record<string, unknown>)[name] === value)

const productView = ({ _id, kind = oldKind, ...fields }: Product): StaffProductView => ({ sku: _id, kind, ...fields })

const planView = (plan: Plan): StaffPlanView => {
  const { provider, onSale, rank, version, kind = oldKind } = plan
  return { ...termsOf(plan), kind, provider, onSale, rank, version }
}
