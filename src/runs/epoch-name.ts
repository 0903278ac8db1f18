/** A run and one of its epochs, as a user names both: `run@7`. */
export const withoutEpoch = (name: string): string => name.replace(/@\d+$/, '')
