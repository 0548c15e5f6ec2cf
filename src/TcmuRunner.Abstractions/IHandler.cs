// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>A kind of backing store: checks configuration strings and opens devices. One instance serves all devices of its subtype.</summary>
/// <remarks>
/// <code>
///  load ──► Description ──► CheckConfiguration ──► OpenAsync ──► ┌───────── serve ─────────┐ ──► drain ──► DisposeAsync
///  (once)   (once)          (any time, any thread) (per device)  │ read write flush ...     │    (engine)   (per device)
///                                                                │ resize, reconfigure      │
///                                                                └──────────────────────────┘
/// </code>
/// The engine opens a device once, asks for its <see cref="IHandlerDevice.Characteristics"/> once, runs commands, waits until the last one
/// has completed, and disposes it. A daemon that is killed skips the last two steps: a handler must survive that.
/// </remarks>
public interface IHandler
{
    /// <summary>Required. Subtype and help; constant. Called on any thread.</summary>
    HandlerDescription Description { get; }

    /// <summary>
    /// Required. Says whether a configuration could be opened, without opening it: no side effect, and nothing told that the caller could
    /// not find out itself.
    /// </summary>
    /// <param name="configuration">The parsed string; its subtype is this handler's. Everything else is untrusted.</param>
    /// <remarks>Called on any thread, calls may overlap; may block briefly. Must not throw.</remarks>
    ConfigurationCheck CheckConfiguration(ConfigurationString configuration);

    /// <summary>Required. Opens a device.</summary>
    /// <param name="request">What to open; the configuration has passed <see cref="CheckConfiguration"/>.</param>
    /// <param name="cancellationToken">The device is no longer wanted.</param>
    /// <returns>The device, which the engine then owns and disposes.</returns>
    /// <exception cref="HandlerException">It could not be opened; the reason is shown to the administrator.</exception>
    /// <remarks>Called on a control thread, never on a loop; may block or be asynchronous. Calls for different devices may overlap.</remarks>
    ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken);
}
