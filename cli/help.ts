/** The texts that teach: examples stand before everything else. */

const examples = (...rows: readonly (readonly [command: string, what: string])[]): string => {
  const width = Math.max(...rows.map(([command]) => command.length));
  const lines = rows.map(([command, what]) => `  ${command.padEnd(width)}  ${what}`);
  return ['Examples:', ...lines].join('\n');
};

export const EXAMPLES = {
  virtcheck: examples(
    ['virtcheck run --target emulator', 'judge the in-tree emulator'],
    ['virtcheck run --target qemu:riscv64 --device blk', "judge QEMU's block device"],
    ['virtcheck run --target ./my-device.ts --only split.', 'judge your own device, split ring only'],
    ['virtcheck targets', 'what can be judged here'],
    ['virtcheck clauses split.device', 'what the specification asks, and what is covered'],
  ),
  run: examples(
    ['virtcheck run --target emulator', 'all devices and layouts, seed 1'],
    ['virtcheck run --target emulator --fault FAULT', 'see a seeded fault caught and shrunk'],
    ['virtcheck run --target qemu:m68k --device blk,rng --seed 7', 'two devices, another seed'],
    ['virtcheck run --target qemu:aarch64 --no-expect', 'list the known deviations as well'],
    ['virtcheck run --target ./device.ts --effort thorough --strict', 'SHOULD counts like MUST'],
    ['virtcheck run --target emulator --json r.json --junit r.xml', 'write files for other programs'],
    ['virtcheck run --target qtest:unix:/tmp/q --describe d.json', 'any endpoint that speaks qtest'],
  ),
  fuzz: examples(
    ['virtcheck fuzz --target ./my-device.ts --time 10m', 'your own device, for ten minutes'],
    ['virtcheck fuzz --target qemu:riscv64 --device blk --jobs 4', "QEMU's block device, four processes at once"],
    ['virtcheck fuzz --target emulator --fault FAULT', 'see a seeded fault found, shrunk and filed'],
    ['virtcheck fuzz --target emulator --scenarios 5000 --jobs 1 --seed 7', 'the same findings every time'],
    ['virtcheck fuzz --target ./my-device.ts --resume', 'go on where the last campaign stopped'],
    ['virtcheck fuzz --target ./new.ts --against ./old.ts', 'compare two implementations as well'],
    ['virtcheck fuzz --target emulator --shard 0/4 --corpus s0 --json s0.json', "one machine's part of four"],
  ),
  newTarget: examples(
    ['virtcheck new-target my-rng', 'my-rng.ts, a device in TypeScript'],
    ['virtcheck new-target my-vmm --qtest', 'my-vmm.c and my-vmm.json, a qtest endpoint'],
  ),
  merge: examples(
    ['virtcheck merge s0 s1 s2 s3 --out all', 'the shards of one campaign'],
    ['virtcheck merge s* --out all --json all.json', 'with a result for programs'],
  ),
  replay: examples(
    ['virtcheck replay virtcheck-out/FILE.trace.json', 'again on the target it was recorded on'],
    ['virtcheck replay FILE.trace.json --target qemu:riscv64', 'the same driver actions on another implementation'],
  ),
  trace: examples(
    ['virtcheck trace boot.log', "drivers in a QEMU -trace log ('virtcheck guest linux' makes one)"],
    ['virtcheck trace boot.log --strict --json r.json', 'SHOULD counts like MUST; a file for other programs'],
    ['virtcheck trace script.qtest --byte-order big', 'what a big-endian qtest client did'],
    ['virtcheck trace vmm.log --base 0x10001000:0x1000', 'registers that the recording does not name'],
    ['zcat boot.log.gz | virtcheck trace -', 'from a pipe'],
  ),
  guest: examples(
    ['virtcheck guest linux', "judge the Linux drivers of Debian's kernel, on both register layouts"],
    ['virtcheck guest linux --transport mmio-v1 --no-expect', 'the legacy layout only, known deviations as well'],
    ['virtcheck guest linux --kernel bzImage --modules lib/modules/6.12.0', 'a kernel of your own'],
  ),
  serve: examples(
    ['virtcheck serve --listen unix:/tmp/q --describe d.json', 'a block device on a Unix socket'],
    ['virtcheck serve --listen tcp:127.0.0.1:7000 --fault FAULT', 'with a seeded fault, over TCP'],
    ['virtcheck serve --listen stdio --device rng', 'on stdin and stdout, for qtest:exec:'],
  ),
  regress: examples(
    ['virtcheck regress kern/58555', 'a problem report: who did what, and what broke'],
    ['virtcheck regress all', 'every case in a line'],
    ['virtcheck regress H1', 'an open finding, with what its repair looks like'],
    ['virtcheck regress all --json r.json', 'for programs'],
  ),
  explore: examples(
    ['virtcheck explore attach', 'the lifecycle of a child driver'],
    ['virtcheck explore attach --dot | dot -Tsvg -o attach.svg', 'as a picture'],
    ['virtcheck explore attach --json --api old', 'all states and calls before virtio.c 1.66'],
  ),
  report: examples(
    ['virtcheck report r.json --html report', 'a page to look at: report/index.html'],
    ['virtcheck report qemu.json mine.json --html report', 'implementations side by side'],
    ['virtcheck report r.json --markdown "$GITHUB_STEP_SUMMARY"', 'on the page of a GitHub job'],
    ['virtcheck report r.json --junit r.xml --sarif r.sarif', 'for CI and code-scanning pages'],
    ['virtcheck report r.json --csv - | head', 'as a table, to stdout'],
  ),
  compare: examples(
    ['virtcheck compare before.json after.json', 'what got worse, better, or is not exercised any more'],
    ['virtcheck compare main.json branch.json --quiet', 'only what got worse'],
    ['virtcheck compare a.json b.json --html changes.html', 'as a page; --markdown for a CI job, --json for programs'],
  ),
  badge: examples(
    ['virtcheck badge r.json -o badge.svg', 'for a README'],
    ['virtcheck badge blk.json rng.json > badge.svg', 'one badge for several results'],
  ),
  completion: examples(
    ['source <(virtcheck completion bash)', 'in this shell; for every shell, put the line into ~/.bashrc'],
    ['virtcheck completion zsh > "${fpath[1]}/_virtcheck"', 'zsh, from the next start on'],
    ['virtcheck completion fish > ~/.config/fish/completions/virtcheck.fish', 'fish'],
  ),
  targets: examples(
    ['virtcheck targets', 'what is here, and what to install for the rest'],
    ['virtcheck targets --json', 'the same for programs'],
  ),
  clauses: examples(
    ['virtcheck clauses', 'coverage of every area'],
    ['virtcheck clauses split.device', 'all clauses whose ids start so'],
    ['virtcheck clauses discard', 'all clauses with the word in them'],
    ['virtcheck clauses --area blk --party device --state open', 'what is not covered yet'],
    ['virtcheck clauses --json', 'all of it for programs'],
  ),
  faults: examples(
    ['virtcheck faults', 'all seeded faults'],
    ['virtcheck faults status', 'those whose names start so'],
    ['virtcheck faults --json', 'with the clauses that catch them, for programs'],
  ),
  vectors: examples(
    ['virtcheck vectors', 'which there are'],
    ['virtcheck vectors --out vectors', 'all of them, with schema and reader'],
    ['virtcheck vectors --only split.device --out ring', "those of the split ring's device clauses"],
    ['virtcheck vectors --only kern/58555', 'those of a NetBSD problem report, listed'],
  ),
} as const;

export const EXIT_CODES_HELP = `Exit codes:
  0  conformant, or only expected deviations    2  the command line is wrong
  1  deviations found                           3  the target could not be run
                                              130  interrupted`;
