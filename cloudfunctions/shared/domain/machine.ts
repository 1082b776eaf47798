// A state machine is a table; this file only looks things up. It knows no commerce.

/** Every state × every event, no empty cell. */
export type Moves<State extends string, Event extends string, Cell extends string = State> = Record<
  State,
  Record<Event, Cell>
>

/** The cell for a state and an event. */
export const next = <State extends string, Event extends string, Cell extends string>(
  moves: Moves<State, Event, Cell>,
  state: State,
  event: Event,
): Cell => moves[state][event]
