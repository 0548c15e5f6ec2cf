// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using TcmuRunner.DBus.Native;

namespace TcmuRunner.DBus;

/// <summary>The service manager that started this process, where one did (sd_notify(3), sd_watchdog_enabled(3)).</summary>
public static class ServiceManager
{
    /// <summary>Whether it wants to hear from this process. libsystemd is loaded only then.</summary>
    public static bool IsListening => Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is { Length: > 0 };

    /// <summary>Within which time it wants a sign of life each time; null for never.</summary>
    public static TimeSpan? WatchdogLimit => ReadWatchdogLimit(
        Environment.GetEnvironmentVariable("WATCHDOG_USEC"), Environment.GetEnvironmentVariable("WATCHDOG_PID"), Environment.ProcessId);

    /// <summary>Tells it the state of this service.</summary>
    /// <param name="state">Lines of <c>NAME=VALUE</c>.</param>
    /// <returns>Whether it was told.</returns>
    public static bool Notify(string state)
    {
        try
        {
            return IsListening && LibSystemd.Notify(0, state) > 0;
        }
        catch (DllNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Says that the configuration is being read again; <c>READY=1</c> ends that.</summary>
    public static bool NotifyReloading() => Notify(string.Create(
        CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000)}"));

    internal static TimeSpan? ReadWatchdogLimit(string? microseconds, string? processId, int ownProcessId)
    {
        bool isForUs = string.IsNullOrEmpty(processId) || processId == ownProcessId.ToString(CultureInfo.InvariantCulture);
        return isForUs && long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value > 0
            ? TimeSpan.FromMicroseconds(value)
            : null;
    }
}
