// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json.Nodes;
using TcmuRunner.Ctl.Output;
using TcmuRunner.DBus.Service;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl zones</c>: a map of a disk with zones. <c>tcmuctl zone-fault</c>: zones that fail, for people who test file systems.</summary>
internal static class ZonesCommand
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly string[] s_faults = ["none", "read-only", "offline"];

    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        Argument<string> device = CommandLine.DeviceArgument();
        var watch = new Option<bool>("--watch") { Description = "Show it again every second, until Ctrl-C." };
        var zones = new Command("zones", "Show the zones of a disk as a map: type, condition and how full each is.") { device, watch };
        act(zones, context => ShowAsync(context, context.Get(device), context.Get(watch)));
        root.Add(zones);

        Argument<string> faulty = CommandLine.DeviceArgument();
        var zone = new Argument<uint>("zone") { Description = "The zone's number, from 0." };
        var fault = new Argument<string>("fault") { Description = "none, read-only or offline." };
        fault.CompletionSources.Add(s_faults);
        var inject = new Command("zone-fault", "Make a zone read-only or offline, or whole again, to test what is above it.") { faulty, zone, fault };
        act(inject, context => InjectAsync(context, context.Get(faulty), context.Get(zone), context.Get(fault)));
        root.Add(inject);
    }

    private static async Task<ExitStatus> ShowAsync(CommandContext context, string name, bool watch)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        DeviceInfo device = await daemon.FindDeviceAsync(name);
        while (true)
        {
            IReadOnlyList<ZoneFacts> zones = await daemon.GetZonesAsync(device);
            if (context.Terminal.IsJson)
            {
                context.Terminal.JsonLine(new JsonArray([.. zones.Select(zone => (JsonNode)Describe(zone))]));
            }
            else
            {
                // A person sees the map in place; a pipe gets one map after the other.
                string home = watch && context.Terminal.IsInteractive ? "\u001b[H\u001b[J" : string.Empty;
                context.Terminal.Line(home + string.Join('\n', ZoneMap.Lines(device.Name, zones)));
            }

            if (!watch)
            {
                return ExitStatus.Done;
            }

            await Task.Delay(s_interval, context.CancellationToken);
        }
    }

    private static async Task<ExitStatus> InjectAsync(CommandContext context, string name, uint zone, string fault)
    {
        if (!s_faults.Contains(fault))
        {
            throw new CtlException(ExitStatus.WrongUsage, $"'{fault}' is no fault of a zone.", $"Write {string.Join(", ", s_faults)}.");
        }

        await using DaemonClient daemon = await context.ConnectAsync();
        DeviceInfo device = await daemon.FindDeviceAsync(name);
        await daemon.SetZoneFaultAsync(device, zone, fault);
        ZoneFacts now = (await daemon.GetZonesAsync(device))[(int)zone];
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(Describe(now));
        }
        else
        {
            context.Terminal.Line($"Zone {zone} of {device.Name} is {ZoneMap.NameOf(now.Condition)} now. Initiators are told with their next command.");
        }

        return ExitStatus.Done;
    }

    private static JsonObject Describe(ZoneFacts zone) => new()
    {
        ["zone"] = zone.Number,
        ["type"] = ZoneMap.TypeOf(zone.Type),
        ["condition"] = ZoneMap.NameOf(zone.Condition),
        ["startBlock"] = zone.StartBlock,
        ["blocks"] = zone.BlockCount,
        ["writtenBlocks"] = zone.WrittenBlocks < 0 ? null : zone.WrittenBlocks,
        ["domain"] = zone.Domain < 0 ? null : zone.Domain,
        ["realm"] = zone.Realm < 0 ? null : zone.Realm,
    };
}
