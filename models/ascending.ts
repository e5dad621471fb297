/**
 * A map with ascending whole numbers as keys, for what is in flight: entries come at the end and mostly leave at the
 * front. A `Map` that is emptied again and again makes the engine a new table each time, and as every old table refers to
 * the next one, one that has outlived a garbage collection keeps alive all that ever was in those after it.
 */
export class Ascending<T> {
  readonly #keys: number[] = [];
  readonly #values: (T | undefined)[] = [];
  /** Where the entries begin; those before it have left. */
  #start = 0;

  get size(): number {
    return this.#keys.length - this.#start;
  }

  /** Key and value of the entry at a position: 0 is the one with the smallest key. */
  keyAt(position: number): number {
    return this.#keys[this.#start + position];
  }

  valueAt(position: number): T {
    return this.#values[this.#start + position] as T;
  }

  get(key: number): T | undefined {
    const at = this.#find(key);
    return at < 0 ? undefined : this.#values[at];
  }

  /** Adds an entry, which must not be there yet. */
  add(key: number, value: T): void {
    const keys = this.#keys;
    const values = this.#values;
    keys.push(key);
    values.push(value);
    for (let at = keys.length - 1; at > this.#start && keys[at - 1] > key; at--) {
      keys[at] = keys[at - 1];
      values[at] = values[at - 1];
      keys[at - 1] = key;
      values[at - 1] = value;
    }
  }

  /** Whether there was such an entry. */
  delete(key: number): boolean {
    const at = this.#find(key);
    if (at < 0) return false;
    const keys = this.#keys;
    const values = this.#values;
    if (at === this.#start) {
      values[at] = undefined;
      this.#start++;
      this.#compact();
      return true;
    }
    for (let i = at; i + 1 < keys.length; i++) {
      keys[i] = keys[i + 1];
      values[i] = values[i + 1];
    }
    keys.pop();
    values.pop();
    return true;
  }

  clear(): void {
    this.#start = this.#keys.length;
    this.#compact();
  }

  /** Gives up the room of entries that have left, once that is at least half of all: so each is moved once on average. */
  #compact(): void {
    const keys = this.#keys;
    const values = this.#values;
    const left = keys.length - this.#start;
    if (left > this.#start) return;
    for (let i = 0; i < left; i++) {
      keys[i] = keys[this.#start + i];
      values[i] = values[this.#start + i];
    }
    while (keys.length > left) {
      keys.pop();
      values.pop();
    }
    this.#start = 0;
  }

  /** Index of the key in the arrays, or -1. */
  #find(key: number): number {
    const keys = this.#keys;
    let low = this.#start;
    let high = keys.length - 1;
    if (low <= high && keys[low] === key) return low;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (keys[middle] === key) return middle;
      if (keys[middle] < key) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}
