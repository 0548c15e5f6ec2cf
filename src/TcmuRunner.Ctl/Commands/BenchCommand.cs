// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using TcmuRunner.Ctl.Bench;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl bench</c>: how fast is it? Reads only, so that it can be used on a disk in use.</summary>
internal static class BenchCommand
{
    private const int MaximumDepth = 256;

    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var target = new Argument<string>("target") { Description = "A device that is exported to this machine, or the path of a disk or file." };
        var block = new Option<ulong?>("--block") { Description = "Bytes of each read.", CustomParser = CommandLine.ParseSize, DefaultValueFactory = _ => 4096 };
        var depth = new Option<int>("--depth") { Description = $"How many reads at a time, 1 to {MaximumDepth}.", DefaultValueFactory = _ => 16 };
        var seconds = new Option<int>("--seconds") { Description = "For how long.", DefaultValueFactory = _ => 5 };
        var command = new Command("bench", "Measure random reads, past all caches of this machine; writes nothing.") { target, block, depth, seconds };
        act(command, context => RunAsync(context, context.Get(target), context.Get(block)!.Value, context.Get(depth), context.Get(seconds)));
        root.Add(command);
    }

    private static async Task<ExitStatus> RunAsync(CommandContext context, string target, ulong block, int depth, int seconds)
    {
        if (block % 512 != 0 || block > 64 << 20 || depth is < 1 or > MaximumDepth || seconds is < 1 or > 86400)
        {
            throw new CtlException(
                ExitStatus.WrongUsage, "Such a measurement is not possible.",
                $"--block is a multiple of 512 up to 64M, --depth 1 to {MaximumDepth}, --seconds 1 to 86400.");
        }

        string path = target.Contains('/', StringComparison.Ordinal) && Path.Exists(target) ? target : await FindDiskAsync(context, target);
        Task<ReadBenchmarkResult> running = ReadBenchmark.RunAsync(path, (int)block, depth, TimeSpan.FromSeconds(seconds), context.CancellationToken);
        if (context.Terminal.IsInteractive)
        {
            await ShowProgressAsync(context, path, running, seconds);
        }

        Report(context, path, depth, await running);
        return ExitStatus.Done;
    }

    private static Task ShowProgressAsync(CommandContext context, string path, Task running, int seconds) =>
        context.Terminal.Rich.Progress().AutoClear(true).StartAsync(async progress =>
        {
            ProgressTask bar = progress.AddTask(Markup.Escape($"reading {path}"), maxValue: seconds);
            while (!running.IsCompleted)
            {
                await Task.WhenAny(running, Task.Delay(200, CancellationToken.None));
                bar.Increment(0.2);
            }
        });

    private static async Task<string> FindDiskAsync(CommandContext context, string name)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        DeviceInfo device = await daemon.FindDeviceAsync(name);
        return Exports.Of(context.OpenRoot(), device).Select(Exports.DiskOf).OfType<string>().FirstOrDefault()
            ?? throw new CtlException(ExitStatus.NotFound, $"{device.Name} is no disk of this machine.", $"'tcmuctl export {device.Name}' makes it one.");
    }

    private static void Report(CommandContext context, string path, int depth, ReadBenchmarkResult result)
    {
        (string Name, double Share)[] shares = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("max", 1)];
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonObject
            {
                ["path"] = path,
                ["blockBytes"] = result.BlockBytes,
                ["depth"] = depth,
                ["seconds"] = Math.Round(result.Elapsed.TotalSeconds, 3),
                ["readsPerSecond"] = Math.Round(result.ReadsPerSecond, 1),
                ["bytesPerSecond"] = Math.Round(result.BytesPerSecond),
                ["latencyMicroseconds"] = new JsonObject(shares.Select(
                    share => KeyValuePair.Create(share.Name, (JsonNode?)Math.Round(result.Latency(share.Share).TotalMicroseconds, 1)))),
            });
            return;
        }

        context.Terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{path}: {result.ReadsPerSecond:0} reads/s of {ByteSize.Format(result.BlockBytes)}, {ByteSize.Format(result.BytesPerSecond)}/s, {depth} at a time"));
        context.Terminal.Line("latency: " + string.Join(", ", shares.Select(
            share => string.Create(CultureInfo.InvariantCulture, $"{share.Name} {result.Latency(share.Share).TotalMilliseconds:0.000}ms"))));
    }
}
