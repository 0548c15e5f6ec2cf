// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using TcmuRunner.Abstractions;
using TcmuRunner.Scsi;

namespace TcmuRunner.Handlers;

/// <summary>The handlers that have loaded. Filled at start by one thread, and only read afterwards.</summary>
internal sealed class HandlerCatalog : IHandlerCatalog
{
    private readonly Dictionary<string, IHandler> _handlers = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IReadOnlyCollection<IHandler> Handlers => _handlers.Values;

    /// <inheritdoc/>
    public bool TryGet(string subtype, [NotNullWhen(true)] out IHandler? handler) => _handlers.TryGetValue(subtype, out handler);

    /// <summary>Adds a handler.</summary>
    /// <returns>False when its subtype is taken.</returns>
    internal bool TryAdd(string subtype, IHandler handler) => _handlers.TryAdd(subtype, handler);
}
