import { explanation } from './explanation.js'

export default explanation({ method: 'smooth-grad', passes: 32 })
