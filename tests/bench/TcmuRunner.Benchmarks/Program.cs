// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Benchmarks;

if (args is not ["ring", ..])
{
    Console.Error.WriteLine("usage: TcmuRunner.Benchmarks ring [commands]   the command path with a handler that does nothing");
    return 2;
}

long commands = args.Length > 1 ? long.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 5_000_000;
await RingBenchmark.RunAsync(commands);
return 0;
