// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl resize</c>: another size, under load.</summary>
internal static class ResizeCommand
{
    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        Argument<string> device = CommandLine.DeviceArgument();
        var size = new Argument<ulong?>("size") { Description = "The new size, as in 20G.", Arity = ArgumentArity.ExactlyOne, CustomParser = CommandLine.ParseSize };
        var shrink = new Option<bool>("--shrink") { Description = "Make it smaller: what lies behind the new end is lost." };
        var command = new Command("resize", "Change the size of a device while it is served.") { device, size, shrink };
        act(command, context => RunAsync(context, context.Get(device), context.Get(size)!.Value, context.Get(shrink)));
        root.Add(command);
    }

    private static async Task<ExitStatus> RunAsync(CommandContext context, string name, ulong bytes, bool shrink)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        DeviceInfo device = await daemon.FindDeviceAsync(name);
        if (bytes < device.Facts.SizeBytes && !shrink)
        {
            throw new CtlException(
                ExitStatus.Failed,
                $"{ByteSize.Format(bytes)} is less than {device.Name} has ({ByteSize.Format(device.Facts.SizeBytes)}): what lies behind the new end would be lost.",
                "Shrink the file system first, then add --shrink.");
        }

        await daemon.ResizeAsync(device, bytes);
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(Output.DeviceJson.Of(await daemon.FindDeviceAsync(device.Facts.ConfigFsName)));
        }
        else
        {
            context.Terminal.Line($"{device.Name} has {ByteSize.Format(bytes)} now. Initiators are told with their next command.");
        }

        return ExitStatus.Done;
    }
}
