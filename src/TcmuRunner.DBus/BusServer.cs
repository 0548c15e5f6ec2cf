// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.DBus.Objects;

namespace TcmuRunner.DBus;

/// <summary>
/// Serves objects under a name for as long as it lives: without a bus it waits for one, and when the bus goes away it comes back with it.
/// </summary>
public sealed class BusServer : IAsyncDisposable
{
    private readonly BusServerOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly CancellationTokenSource _stopping = new();
    private Task _serving = Task.CompletedTask;

    /// <summary>Creates a server; nothing happens before <see cref="Start"/>.</summary>
    /// <param name="options">Where and under which name.</param>
    /// <param name="tree">What it serves.</param>
    /// <param name="logger">Gets changes of the connection, and each reason once.</param>
    /// <param name="timeProvider">Measures pauses.</param>
    public BusServer(BusServerOptions options, ObjectTree tree, ILogger logger, TimeProvider timeProvider)
    {
        _options = options;
        _logger = logger;
        _timeProvider = timeProvider;
        Tree = tree;
    }

    /// <summary>What it serves.</summary>
    public ObjectTree Tree { get; }

    /// <summary>Why it is not on the bus, as a sentence; null while it is, and before the first attempt.</summary>
    public string? LastError { get; private set; }

    /// <summary>Whether it is on the bus with its name.</summary>
    public bool IsServing { get; private set; }

    /// <summary>Tells of a new connection before it asks for the name: what the tree has then is what the first caller sees.</summary>
    public event Action<BusConnection>? Connected;

    /// <summary>Begins to serve, in the background.</summary>
    public void Start() => _serving = Task.Run(ServeAsync);

    /// <summary>Leaves the bus. Idempotent.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _serving.ConfigureAwait(false);
    }

    private async Task ServeAsync()
    {
        TimeSpan pause = _options.RetryInterval;
        try
        {
            while (true)
            {
                if (await ServeOnceAsync().ConfigureAwait(false))
                {
                    pause = _options.RetryInterval;
                }

                await Task.Delay(pause, _timeProvider, _stopping.Token).ConfigureAwait(false);
                pause = pause * 2 < _options.MaximumRetryInterval ? pause * 2 : _options.MaximumRetryInterval;
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            _logger.ServerStopped(_options.Name);
        }
    }

    /// <returns>Whether it was on the bus.</returns>
    private async Task<bool> ServeOnceAsync()
    {
        bool hasServed = false;
        BusException? failure;
        try
        {
            BusConnection connection = await ConnectAsync().ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                Connected?.Invoke(connection);
                await connection.RequestNameAsync(_options.Name).WaitAsync(_stopping.Token).ConfigureAwait(false);
                hasServed = true;
                LastError = null;
                IsServing = true;
                _logger.ServerReady(_options.Name, connection.UniqueName);
                failure = await connection.Ended.WaitAsync(_stopping.Token).ConfigureAwait(false);
            }
        }
        catch (BusException exception)
        {
            failure = exception;
        }
        finally
        {
            IsServing = false;
        }

        if (failure is not null && LastError != failure.Message)
        {
            LastError = failure.Message;
            _logger.ServerUnavailable(_options.Name, failure.Message);
        }

        return hasServed;
    }

    private async Task<BusConnection> ConnectAsync()
    {
        Task<BusConnection> connecting = BusConnection.ConnectAsync(_options.Address, Tree);
        try
        {
            return await connecting.WaitAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = DisposeLateAsync(connecting);
            throw;
        }
    }

    // A bus that does not answer keeps the thread of the connection; whatever comes of it is not wanted any more.
    private static async Task DisposeLateAsync(Task<BusConnection> connecting)
    {
        await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (connecting.IsCompletedSuccessfully)
        {
            await connecting.Result.DisposeAsync().ConfigureAwait(false);
        }
    }
}
