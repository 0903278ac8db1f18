/** What the lenses of the tab are asked for. It is kept in the address, so that a reload and an exported lens have it. */
import { effect } from '@preact/signals'
import { query, setQuery } from '../../route.ts'
import { deviceChoices } from '../../tab/messages.ts'
import { deviceChoice } from './state.ts'

export interface Setting<T> {
  value: T
  change(value: T): void
}

export function numberAsked(key: string, preset: number): Setting<number> {
  const text = query.value.get(key)
  const value = Number(text)
  return {
    value: text === null || !Number.isFinite(value) ? preset : value,
    change: to => setQuery({ [key]: to === preset ? undefined : to }),
  }
}

/** @param known what it may be; anything, unless given */
export function wordAsked(key: string, preset: string, known?: readonly string[]): Setting<string> {
  const text = query.value.get(key) ?? preset
  return {
    value: !known || known.includes(text) ? text : preset,
    change: to => setQuery({ [key]: to === preset ? undefined : to }),
  }
}

export const deviceAsked = (): Setting<string> => wordAsked('device', 'auto', deviceChoices)

effect(() => {
  const { value } = deviceAsked()
  deviceChoice.value = deviceChoices.find(one => one === value) ?? 'auto'
})
