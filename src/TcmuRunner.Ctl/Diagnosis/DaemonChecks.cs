// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Ctl.Diagnosis;

/// <summary>Looks at the daemon, over the bus. Does not start it.</summary>
internal static class DaemonChecks
{
    /// <summary>Runs all checks; what cannot be looked at because an earlier one failed is left out.</summary>
    internal static async Task<IReadOnlyList<Finding>> RunAsync(string? busAddress)
    {
        var findings = new List<Finding>();
        try
        {
            await using DaemonClient daemon = await DaemonClient.ConnectAsync(busAddress);
            findings.Add(new Finding("bus", FindingResult.Good, "the system bus is there"));
            if (!await daemon.IsRunningAsync())
            {
                findings.Add(new Finding(
                    "bus name", FindingResult.Problem, "nobody owns org.kernel.TCMUService1: targetcli shows no 'user:' backstores",
                    "Start the daemon: systemctl start tcmu-runner. When it runs, its log names the reason."));
                return findings;
            }

            await CheckServiceAsync(daemon, findings);
        }
        catch (CtlException exception)
        {
            findings.Add(new Finding("daemon", FindingResult.Problem, exception.Message, exception.Remedy));
        }

        return findings;
    }

    private static async Task CheckServiceAsync(DaemonClient daemon, List<Finding> findings)
    {
        DaemonInfo info = await daemon.GetDaemonAsync();
        findings.Add(new Finding("daemon", FindingResult.Good, $"tcmu-runner {info.Version} answers (pid {info.ProcessId})"));
        IReadOnlyList<HandlerInfo> handlers = await daemon.GetHandlersAsync();
        findings.Add(handlers.Count > 0
            ? new Finding("handlers", FindingResult.Good, string.Join(' ', handlers.Select(handler => handler.Subtype)))
            : new Finding("handlers", FindingResult.Problem, "no handler is loaded", "The daemon's log names each that was skipped; --handler-path says where they are."));
        IReadOnlyList<DeviceInfo> devices = await daemon.GetDevicesAsync();
        DeviceInfo[] troubled = [.. devices.Where(device => device.Facts.LastError.Length > 0)];
        findings.AddRange(troubled.Select(device => new Finding(
            $"device {device.Name}", FindingResult.Problem, $"{device.Facts.State}: {device.Facts.LastError}", "The daemon tries again by itself once the reason is gone.")));
        findings.AddRange(devices.Where(device => device.Facts.TimeOuts > 0).Select(device => new Finding(
            $"device {device.Name}", FindingResult.Note, $"{device.Facts.TimeOuts} commands took longer than their time-out", "Look at the store behind it; the log names the commands.")));
        if (troubled.Length == 0)
        {
            findings.Add(new Finding("devices", FindingResult.Good, $"{devices.Count}, all served"));
        }
    }
}
