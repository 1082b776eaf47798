import { beijingDay, fromBeijingText } from '../../../../miniprogram/rules/beijing'
import type { AdminInput } from '../../api/admin'
import { AppError } from '../../domain/errors'
import type { BillRow } from '../../providers/provider'
import type { Context } from '../platform/context'

/**
 * Downloads a provider's bill of one day, converted to the form that is the same for all providers.
 * @param day yyyy-MM-dd in Beijing, not after today
 * @returns the lines of the bill
 * @throws BadInput; Unsupported where the provider has no bills; ProviderUnavailable, ProviderRefused
 */
export async function readBill(
  ctx: Context,
  { provider, day }: Pick<AdminInput<'bills'>, 'provider' | 'day'>,
): Promise<BillRow[]> {
  const [source] = await ctx.sources(provider)
  if (!source) throw new AppError('BadInput', 'provider: is not enabled')
  if (!source.provider.bill) throw new AppError('Unsupported', 'this provider has no bills')
  if (fromBeijingText(`${day} 00:00:00`) === undefined || day > beijingDay(ctx.now()))
    throw new AppError('BadInput', 'day: is not a day that has begun')
  return source.provider.bill(day, ctx.now())
}
