// What the next signing does, chosen at the desk or in the address (?signing=jumpFails); it is used up by the signing that
// meets it.

export const signingScenarios = ['choose', 'jumpFails', 'alreadySigned', 'refuse', 'noNotice'] as const

export type SigningScenario = (typeof signingScenarios)[number]

const asked = new URLSearchParams(location.search).get('signing')
let next: SigningScenario = signingScenarios.find((one) => one === asked) ?? 'choose'

export const nextSigning = (): SigningScenario => next

export function chooseSigning(scenario: SigningScenario): void {
  next = scenario
}

export function takeSigning(): SigningScenario {
  const taken = next
  next = 'choose'
  window.dispatchEvent(new Event('preview-signed'))
  return taken
}
