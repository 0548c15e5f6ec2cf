// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel;
using System.Diagnostics;

namespace TcmuRunner.DBus.Tests;

/// <summary>A private bus: dbus-daemon on a socket in a folder of its own, which everybody may use.</summary>
internal sealed class MessageBus : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("tcmu-dbus-").FullName;
    private Process? _daemon;

    private MessageBus()
    {
    }

    public string Address => $"unix:path={_folder}/socket";

    public static async Task<MessageBus> StartAsync()
    {
        var bus = new MessageBus();
        File.SetUnixFileMode(bus._folder, (UnixFileMode)0b111_101_101);
        await File.WriteAllTextAsync(Path.Combine(bus._folder, "bus.conf"), $"""
            <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig>
              <type>session</type>
              <listen>{bus.Address}</listen>
              <auth>EXTERNAL</auth>
              <policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
                <allow send_requested_reply="true" send_type="method_return"/><allow send_requested_reply="true" send_type="error"/>
                <allow receive_type="method_call"/><allow receive_type="method_return"/><allow receive_type="error"/><allow receive_type="signal"/></policy>
            </busconfig>
            """);
        await bus.RestartAsync();
        return bus;
    }

    /// <summary>Ends the daemon, at once.</summary>
    public async Task StopAsync()
    {
        _daemon!.Kill();
        await _daemon.WaitForExitAsync().WaitAsync(s_limit);
        _daemon.Dispose();
        File.Delete(Path.Combine(_folder, "socket"));
    }

    /// <summary>Starts the daemon, and waits until it listens.</summary>
    public async Task RestartAsync()
    {
        var start = new ProcessStartInfo("dbus-daemon") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string word in new[] { $"--config-file={_folder}/bus.conf", "--nofork", "--nopidfile", "--print-address" })
        {
            start.ArgumentList.Add(word);
        }

        try
        {
            _daemon = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("dbus-daemon is missing: install the package dbus-daemon.");
        }

        // It complains that it may not have more files.
        _daemon!.BeginErrorReadLine();
        Assert.NotNull(await _daemon.StandardOutput.ReadLineAsync().WaitAsync(s_limit));
    }

    /// <summary>Runs a program that speaks D-Bus.</summary>
    /// <returns>Its exit status, and what it wrote.</returns>
    public async Task<(int Status, string Output)> RunAsync(string program, params string[] words)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DBUS_SYSTEM_BUS_ADDRESS"] = Address;
        start.Environment["DBUS_SESSION_BUS_ADDRESS"] = Address;
        Array.ForEach(words, start.ArgumentList.Add);
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(s_limit);
            await process.WaitForExitAsync().WaitAsync(s_limit);
            return (process.ExitCode, output + await errors);
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{program} is missing: install libglib2.0-bin, systemd or util-linux.");
            throw;
        }
    }

    /// <summary>Calls a method of the service with gdbus.</summary>
    public Task<(int Status, string Output)> GdbusAsync(string path, string method, params string[] arguments) => RunAsync(
        "gdbus", ["call", "--system", "--dest", "org.kernel.TCMUService1", "--object-path", path, "--method", method, .. arguments]);

    public async ValueTask DisposeAsync()
    {
        if (_daemon is not null)
        {
            _daemon.Kill();
            await _daemon.WaitForExitAsync();
            _daemon.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
