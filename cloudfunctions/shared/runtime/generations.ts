// Generations are a provider's settings as they were at different times. This file makes a provider from each kept
// generation, and finds the generation with which an open payment or contract is continued.
import { isDeepStrictEqual } from 'node:util'
import type { Made } from '../domain/orders/orderShape'
import { accountOf, type Http, type ProviderDefinition } from '../providers/provider'
import type { OpenSetting, OpenSettings } from '../store/settings'
import type { EnabledProvider } from '../usecases/platform/context'
import { type HearVerdict, heardHttp } from './keyCases'
import { parseSettings } from './settingsSchema'

export interface Source extends EnabledProvider {
  generation: number
  /** a text that identifies the merchant of these settings; settings with the same text belong to the same merchant */
  account: string
  /** the numbers of generations of the same merchant that are no longer kept */
  was: readonly number[]
}

interface KeptGeneration {
  generation: number
  fields: unknown
  /**
   * the numbers of older generations of the same merchant that are no longer kept; their payments continue under the
   * settings of this generation
   */
  was: readonly number[]
  /** when newer settings replaced this generation; null if this is the current generation */
  replacedAt: number | null
}

/** The generations of a provider's settings that we keep and that staff have not ended, newest first. */
export function keptGenerations(setting: OpenSetting): readonly KeptGeneration[] {
  const { generation: current = 1, fields, was = [], older = [], ended = [] } = setting
  return [{ generation: current, fields, was, replacedAt: null }, ...older]
    .filter(({ generation }) => !ended.includes(generation))
    .map(({ was = [], ...one }) => ({ ...one, was }))
}

/**
 * Makes a provider from each kept generation of its settings, newest first.
 * @param onRefused is called for generations that are incomplete or unreadable, which are then left out
 * @returns the providers
 */
export function openGenerations(
  definition: ProviderDefinition,
  setting: OpenSetting | undefined,
  http: Http,
  { onRefused, hear }: { onRefused: (error: unknown) => void; hear?: HearVerdict | undefined },
): readonly Source[] {
  if (setting?.fields === undefined) return []
  const sources = keptGenerations(setting).flatMap(({ generation, fields, was }): Source[] => {
    try {
      const line = hear ? heardHttp(http, definition, generation, hear) : http
      const provider = definition.create(parseSettings(definition.code, definition.settings, fields), line)
      return [{ definition, provider, generation, account: accountOf(definition, fields), was }]
    } catch (error) {
      onRefused(error)
      return []
    }
  })
  const numbersOf = (list: readonly Source[]) => new Set(list.flatMap(({ generation, was }) => [generation, ...was]))
  return sources.map((source) => ({
    ...source,
    foreign: numbersOf(sources.filter(({ account }) => account !== source.account)),
    own: numbersOf(sources.filter(({ account }) => account === source.account)),
  }))
}

/**
 * Finds the settings with which we continue a payment or contract: the newest generation of its merchant. Undefined if
 * we do not have the generation under which the payment or contract was made: staff have ended it, its settings cannot
 * be read, or it is newer than the settings that this instance has read. Then nothing may be sent, because the
 * generations that we have may belong to another merchant.
 */
export function sourceFor(kept: readonly Source[], { generation = 1 }: Made): Source | undefined {
  const own = kept.find((one) => one.generation === generation || one.was.includes(generation))
  return own && kept.find(({ account }) => account === own.account)
}

/**
 * Makes a function that opens settings, and opens them again only after they have changed. Reading and checking the keys
 * of all providers takes some hundred times longer than comparing the settings, and each instance reads its settings
 * once a minute.
 */
export function whenChanged<T>(open: (settings: OpenSettings) => T): (settings: OpenSettings) => T {
  let last: { settings: OpenSettings; opened: T } | undefined
  return (settings) => {
    if (!last || !isDeepStrictEqual(last.settings, settings)) last = { settings, opened: open(settings) }
    return last.opened
  }
}
