// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Options;

namespace TcmuRunner.Configuration;

/// <summary>The options in force, read from the configuration file at start and at each <see cref="Reload"/>. Thread safe.</summary>
/// <remarks>The framework's own monitor cannot keep one key's old value while it takes another key's new one.</remarks>
internal sealed class DaemonOptionsMonitor : IOptionsMonitor<DaemonOptions>
{
    // Somebody who points --config at a device file should get a message and not a daemon without memory.
    private const int MaximumFileBytes = 2 << 20;

    private readonly Lock _lock = new();
    private readonly DaemonOptionsReader _reader;
    private Action<DaemonOptions, string?>? _listeners;
    private volatile DaemonOptions _current;

    /// <summary>Reads the file for the first time.</summary>
    /// <param name="path">The configuration file, which may be absent.</param>
    /// <param name="reader">What the file is read with.</param>
    /// <param name="problems">Receives what is wrong with the file.</param>
    internal DaemonOptionsMonitor(string path, DaemonOptionsReader reader, List<ConfigurationProblem> problems)
    {
        Path = path;
        _reader = reader;
        _current = Read(reader.Defaults, problems);
    }

    /// <summary>The configuration file.</summary>
    internal string Path { get; }

    /// <inheritdoc/>
    public DaemonOptions CurrentValue => _current;

    /// <inheritdoc/>
    public DaemonOptions Get(string? name) => _current;

    /// <inheritdoc/>
    /// <remarks>Listeners are called on the thread that reloads, one reload at a time.</remarks>
    public IDisposable? OnChange(Action<DaemonOptions, string?> listener)
    {
        lock (_lock)
        {
            _listeners += listener;
        }

        return new Registration(this, listener);
    }

    /// <summary>Reads the file again and tells the listeners when that changes an option.</summary>
    /// <param name="problems">Receives what is wrong with the file.</param>
    /// <returns>Whether an option has changed.</returns>
    internal bool Reload(List<ConfigurationProblem> problems)
    {
        lock (_lock)
        {
            DaemonOptions next = Read(_current, problems);
            if (next == _current)
            {
                return false;
            }

            _current = next;
            _listeners?.Invoke(next, null);
            return true;
        }
    }

    private DaemonOptions Read(DaemonOptions previous, List<ConfigurationProblem> problems)
    {
        string text;
        try
        {
            using var stream = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length > MaximumFileBytes)
            {
                problems.Add(new ConfigurationProblem(0, "", $"the file is longer than {MaximumFileBytes} bytes"));
                return previous;
            }

            using var reader = new StreamReader(stream);
            text = reader.ReadToEnd();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return _reader.Defaults;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            problems.Add(new ConfigurationProblem(0, "", $"the file cannot be read: {exception.Message}"));
            return previous;
        }

        var entries = new List<ConfigurationEntry>();
        ConfigurationText.Parse(text, entries, problems);
        return _reader.Read(entries, previous, problems);
    }

    private sealed class Registration(DaemonOptionsMonitor monitor, Action<DaemonOptions, string?> listener) : IDisposable
    {
        public void Dispose()
        {
            lock (monitor._lock)
            {
                monitor._listeners -= listener;
            }
        }
    }
}
