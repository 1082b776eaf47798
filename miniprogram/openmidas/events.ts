// Events of OpenMidas. Each listener is called once and belongs to the call during which it was registered, so a
// listener from a failed signing never receives the event of the next signing.

/**
 * `signContractDone`: the signing parameters have arrived, and the signing page opens next. `payDone` (only in a
 * browser): the user left the page during a payment, and that payment has now ended.
 */
export type EventName = 'signContractDone' | 'payDone'

/** The event listeners of one OpenMidas instance. */
export interface Events {
  /**
   * Registers a listener that is called once, in a later task.
   * @param event the event's name
   * @param listener an exception in the listener is reported as the app's own error
   */
  once(event: EventName, listener: () => void): void
  /**
   * Starts a call of the SDK. Listeners that are registered from now on belong to this call.
   * @returns a function that calls these listeners in a later task; its promise resolves after the last listener
   */
  begin(): (event: EventName) => Promise<void>
}

/** @returns a store of listeners that belong to the call during which they were registered */
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

// A listener's exception is rethrown in its own task. So the exception shows as the app's error, and stops neither
// other listeners nor the call.
function tell(listener: () => void): void {
  try {
    listener()
  } catch (error) {
    setTimeout(() => {
      throw error
    }, 0)
  }
}
