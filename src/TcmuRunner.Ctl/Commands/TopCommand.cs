// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using TcmuRunner.Ctl.Output;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl top</c>: what the devices do, live.</summary>
internal static class TopCommand
{
    private static readonly Dictionary<string, Func<DeviceRate, IComparable>> s_orders = new(StringComparer.Ordinal)
    {
        ["iops"] = rate => -rate.CommandsPerSecond,
        ["bandwidth"] = rate => -rate.BytesPerSecond,
        ["queue"] = rate => -(long)rate.Device.Facts.CommandsInFlight,
        ["latency"] = rate => -Latency(rate).TotalSeconds,
        ["name"] = rate => rate.Device.Facts.Name,
    };

    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var sort = new Option<string>("--sort") { Description = "iops, bandwidth, queue, latency or name.", DefaultValueFactory = _ => "iops" };
        sort.AcceptOnlyFromAmong([.. s_orders.Keys]);
        var interval = new Option<double>("--interval") { Description = "Seconds between two looks.", DefaultValueFactory = _ => 1 };
        interval.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && result.GetValueOrDefault<double>() is not (>= 0.1 and <= 3600))
            {
                result.AddError("--interval takes 0.1 to 3600 seconds.");
            }
        });
        var count = new Option<int?>("--count") { Description = "End after so many looks." };
        var command = new Command("top", "Show what the devices do, live; Ctrl-C ends it.") { sort, interval, count };
        act(command, context => RunAsync(context, s_orders[context.Get(sort)!], TimeSpan.FromSeconds(context.Get(interval)), context.Get(count)));
        root.Add(command);
    }

    private static async Task<ExitStatus> RunAsync(CommandContext context, Func<DeviceRate, IComparable> order, TimeSpan interval, int? count)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        if (!context.Terminal.IsInteractive)
        {
            await LookAsync(daemon, order, interval, count, rates => Write(context, rates), context.CancellationToken);
            return ExitStatus.Done;
        }

        await context.Terminal.Rich.Live(CreateTable([])).AutoClear(false).StartAsync(
            live => LookAsync(daemon, order, interval, count, rates => live.UpdateTarget(CreateTable(rates)), context.CancellationToken));
        return ExitStatus.Done;
    }

    private static async Task LookAsync(
        DaemonClient daemon,
        Func<DeviceRate, IComparable> order,
        TimeSpan interval,
        int? count,
        Action<IReadOnlyList<DeviceRate>> show,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<DeviceInfo> before = await daemon.GetDevicesAsync();
        long looked = Stopwatch.GetTimestamp();
        for (int look = 0; look < (count ?? int.MaxValue); look++)
        {
            await Task.Delay(interval, cancellationToken);
            IReadOnlyList<DeviceInfo> now = await daemon.GetDevicesAsync();
            TimeSpan elapsed = Stopwatch.GetElapsedTime(looked);
            looked = Stopwatch.GetTimestamp();
            show([.. DeviceRate.Compare(before, now, elapsed).OrderBy(order).ThenBy(rate => rate.Device.Facts.Name, StringComparer.Ordinal)]);
            before = now;
        }
    }

    private static void Write(CommandContext context, IReadOnlyList<DeviceRate> rates)
    {
        if (!context.Terminal.IsJson)
        {
            context.Terminal.Rich.Write(CreateTable(rates));
            return;
        }

        context.Terminal.JsonLine(new JsonArray([.. rates.Select(rate => (JsonNode)new JsonObject
        {
            ["name"] = rate.Device.Name,
            ["state"] = rate.Device.Facts.State,
            ["commandsPerSecond"] = Math.Round(rate.CommandsPerSecond, 1),
            ["bytesPerSecond"] = Math.Round(rate.BytesPerSecond, 1),
            ["commandsInFlight"] = rate.Device.Facts.CommandsInFlight,
        })]));
    }

    private static Table CreateTable(IReadOnlyList<DeviceRate> rates)
    {
        Table table = Tables.Create("DEVICE", "STATE", ">COMMANDS/S", ">DATA/S", ">IN FLIGHT", ">LATENCY", ">RING", ">TIME-OUTS");
        foreach (DeviceRate rate in rates)
        {
            ulong ring = rate.Device.Facts.RingSizeBytes;
            table.AddRow(
                new Text(rate.Device.Facts.Name),
                Tables.State(rate.Device.Facts.State),
                Number($"{rate.CommandsPerSecond:0}"),
                new Text(ByteSize.Format(rate.BytesPerSecond) + "/s"),
                Number($"{rate.Device.Facts.CommandsInFlight}"),
                rate.CommandsPerSecond > 0 ? Number($"{Latency(rate).TotalMilliseconds:0.00}ms") : new Text("-"),
                ring > 0 ? Number($"{100.0 * rate.Device.Facts.RingHighWaterBytes / ring:0}%") : new Text("-"),
                Number($"{rate.Device.Facts.TimeOuts}"));
        }

        return table;
    }

    // Little's law, from what is in flight at the moment: an estimate, good enough to see which device is slow.
    private static TimeSpan Latency(DeviceRate rate) => rate.CommandsPerSecond > 0
        ? TimeSpan.FromSeconds(rate.Device.Facts.CommandsInFlight / rate.CommandsPerSecond)
        : TimeSpan.Zero;

    private static Text Number(FormattableString text) => new(text.ToString(CultureInfo.InvariantCulture));
}
