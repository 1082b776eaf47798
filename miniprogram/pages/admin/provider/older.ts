// Texts about a provider's older settings and the orders and contracts that still use them.
import type { SettingsGenerationView, SettingsView } from '../../../../cloudfunctions/shared/api/admin'
import { inLanguage } from '../../../messages'
import { beijingMinute } from '../../../rules/beijing'
import type { Detail } from '../../../services/cloud'
import { t } from '../settings/messages'

export interface OlderRow {
  generation: number
  /** Says when these older settings were replaced. */
  title: string
  text: string
  isOpen: boolean
}

type Open = Pick<SettingsGenerationView, 'openOrders' | 'openContracts'>

const isOpen = ({ openOrders, openContracts }: Open): boolean => openOrders + openContracts > 0

/** The orders and subscriptions in progress, such as "2 orders, 1 subscription". Leaves out a count of zero. */
export const openText = ({ openOrders, openContracts }: Open): string =>
  [openOrders > 0 ? t.orders(openOrders) : '', openContracts > 0 ? t.contracts(openContracts) : '']
    .filter(Boolean)
    .join(inLanguage('、', ', '))

export const olderRows = ({ generations }: SettingsView): OlderRow[] =>
  generations.flatMap((one) =>
    one.replacedAt === null
      ? []
      : [
          {
            generation: one.generation,
            title: t.replacedAt(beijingMinute(one.replacedAt)),
            text: [
              one.isSameMerchant ? t.sameMerchant : t.otherMerchant,
              isOpen(one) ? t.open(openText(one)) : t.noneOpen,
            ].join(inLanguage('，', ', ')),
            isOpen: isOpen(one),
          },
        ],
  )

/** What continues although the provider is disabled; empty when it is enabled. */
export function offText({ version, isOn, generations }: SettingsView): string {
  if (version === null || isOn) return ''
  const open = {
    openOrders: generations.reduce((sum, one) => sum + one.openOrders, 0),
    openContracts: generations.reduce((sum, one) => sum + one.openContracts, 0),
  }
  return isOpen(open) ? t.offOpen(openText(open)) : t.offDone
}

/** Says what the shop loses when the owner deletes one generation of older settings. */
export const endText = (one: SettingsGenerationView): string =>
  (isOpen(one) ? t.endOpen(openText(one)) : '') + t.endLost

/** Why the older settings could not be restored or deleted; undefined if the server's error is about something else. */
export const olderProblem = (detail: Detail | undefined): string | undefined =>
  detail?.rule === 'openRefunds' ? t.openRefunds(detail.count ?? 1) : detail && t.rules.get(detail.rule)
