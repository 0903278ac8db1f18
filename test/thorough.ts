/**
 * What `npm test` leaves to the nightly job, because it only repeats a kind of test at a larger scale: deeper networks,
 * larger images, more attempts. `GLASSHOUSE_THOROUGH=1` runs it all; `GLASSHOUSE_FUZZ=N` tries N damaged files per format.
 */
export const thorough = process.env.GLASSHOUSE_THOROUGH === '1'

/**
 * Continuous integration (`CI=true`) tries the whole of every kind that a person's `npm test` tries some of, so that the
 * latter takes minutes.
 */
export const complete = thorough || process.env.CI === 'true'

/** How many random attempts a test makes. */
export const attempts = (usual: number): number =>
  Number(process.env.GLASSHOUSE_FUZZ ?? (thorough ? 10 * usual : usual))
