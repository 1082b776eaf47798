// Events of OpenMidas: each listener hears once, and belongs to the call during which it was registered. So a listener
// of a signing that failed never hears the next one.

/** `signContractDone`: the parameters for signing are there, and the jump comes next. */
export type EventName = 'signContractDone'

/** Listeners of one OpenMidas. */
export interface Events {
  /**
   * Hears an event once, on a later turn.
   * @param event its name
   * @param listener what it throws reaches the app as an error of its own
   */
  once(event: EventName, listener: () => void): void
  /**
   * A call begins: who registers from now on hears it.
   * @returns tells them, on a later turn; its promise ends after the last listener
   */
  begin(): (event: EventName) => Promise<void>
}

/** @returns listeners that belong to the call during which they were registered */
export function createEvents(): Events {
  let current = new Map<EventName, (() => void)[]>()
  return {
    once(event, listener) {
      current.set(event, [...(current.get(event) ?? []), listener])
    },
    begin() {
      const mine = new Map<EventName, (() => void)[]>()
      current = mine
      return (event) =>
        new Promise((resolve) => {
          setTimeout(() => {
            const waiting = mine.get(event) ?? []
            mine.delete(event)
            for (const listener of waiting) tell(listener)
            resolve()
          }, 0)
        })
    },
  }
}

// What a listener throws is the app's own error: it is heard of as one, and neither others nor the call suffer.
function tell(listener: () => void): void {
  try {
    listener()
  } catch (error) {
    setTimeout(() => {
      throw error
    }, 0)
  }
}
