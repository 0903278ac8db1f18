import { type WriteOptions } from '../src/data/seedlings/draw.node.ts'
/** @returns the folder of 12 classes; unless asked otherwise with 8 images of 24 pixels each for training and 2 for testing */
export declare function seedlings({ perClass, size }?: WriteOptions): Promise<string>
